/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent for a token, and what the answer means. Private to token.c and its tests. */
#ifndef FLEXHOST_AZURE_TOKEN_REQUEST_H
#define FLEXHOST_AZURE_TOKEN_REQUEST_H

#include "azure/token.h"

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

#endif
