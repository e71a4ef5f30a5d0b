/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent for a token, and what the answer means. Private to token.c and its tests. */
#ifndef FLEXHOST_AZURE_TOKEN_REQUEST_H
#define FLEXHOST_AZURE_TOKEN_REQUEST_H

#include "azure/token.h"

#include <jansson.h>
#include <stdbool.h>

struct token_request {
    const char *method;
    char *url;
    char *body; /* wiped by token_request_clear */
    bool metadata;
};

struct token_answer {
    char *token; /* wiped by token_answer_clear */
    int64_t life_ms;
    bool again; /* it was not refused: the same request may do later */
};

/* Fetches the secret and releases it. */
int token_request_make(const struct token_settings *settings,
                       const struct arm_credential *credential, struct token_request *request,
                       struct error *err);
void token_request_clear(struct token_request *request);

/* -1: err tells the operator which credential, from where, and what to do. */
int token_answer_read(const struct arm_credential *credential, const struct http_response *response,
                      struct token_answer *answer, struct error *err);
void token_answer_clear(struct token_answer *answer);

/* ---- what signin.c shares ---- */

int token_name_credential(const struct arm_credential *credential, struct error *err);
/* The scope of the audience, encoded for a form; NULL without memory. */
char *token_scope(const struct token_settings *settings);
int token_take(const struct arm_credential *credential, const json_t *body,
               struct token_answer *answer, struct error *err);
int token_refuse(const struct arm_credential *credential, int status, const json_t *body,
                 struct error *err);
int token_no_answer(const struct arm_credential *credential, const struct http_response *response,
                    struct token_answer *answer, struct error *err);
bool token_may_do_later(const struct arm_credential *credential, int status);
/* Not empty, printable ASCII without spaces, at most so long. NULL will not do. */
bool token_is_word(const char *text, size_t most);
/* What a refusal means, in a few words. NULL without memory. */
char *token_refusal_text(const json_t *body);

#endif
