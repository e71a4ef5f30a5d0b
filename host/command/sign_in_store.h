/* SPDX-License-Identifier: Apache-2.0 */
/* What the store keeps of a person's sign-in: the refresh token, and what may be told of it. */
#ifndef FLEXHOST_COMMAND_SIGN_IN_STORE_H
#define FLEXHOST_COMMAND_SIGN_IN_STORE_H

#include "base/error.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The version of what is kept, of which a change by another process shows; 0: nothing is. */
int sign_in_store_version(struct store *store, const char *credential, int64_t *version,
                          struct error *err);
/* *value is for secret_wipe(); NULL with *version 0: nothing is kept. */
int sign_in_store_token(struct store *store, const char *credential, char **value, size_t *length,
                        int64_t *version, struct error *err);
/* {"user", "authority", "tenant", "clientId", "signedInAt", "renewedAt", "until", "refused"};
 * *account NULL: nobody is signed in. */
int sign_in_store_account(struct store *store, const char *credential, json_t **account,
                          struct error *err);
/* Both together. expected >= 0: nothing is written, and *version says which is there, unless that
 * version is. */
int sign_in_store_keep(struct store *store, const char *credential, const char *token,
                       const json_t *account, int64_t expected, int64_t *version,
                       struct error *err);
/* The account alone, unless another token than that version's is there. */
int sign_in_store_note(struct store *store, const char *credential, const json_t *account,
                       int64_t version, struct error *err);
int sign_in_store_forget(struct store *store, const char *credential, struct error *err);

#endif
