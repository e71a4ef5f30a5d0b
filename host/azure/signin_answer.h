/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the answers to a person's sign-in, and refusals that such a person can act on.
 * Private to signin.c. */
#ifndef FLEXHOST_AZURE_SIGNIN_ANSWER_H
#define FLEXHOST_AZURE_SIGNIN_ANSWER_H

#include "azure/token_request.h"

/* The code and where to enter it, borrowed from the body; life_ms is left alone. -1: what the
 * answer holds is not fit to be shown or sent. */
int signin_read_code(const struct arm_credential *credential, const json_t *body,
                     struct arm_code *code, struct error *err);
/* Hands the refresh token over to be kept. A renewal may come without one: the old one goes on. */
int signin_keep(const struct arm_credential *credential, const json_t *body, bool renewed,
                struct error *err);
/* Jansson frees its texts without wiping them. */
void signin_wipe(json_t *body);

int signin_refuse_expired(const struct arm_credential *credential, int64_t life_ms,
                          struct error *err);
int signin_refuse_declined(const struct arm_credential *credential, struct error *err);

#endif
