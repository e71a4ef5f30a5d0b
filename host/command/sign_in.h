/* SPDX-License-Identifier: Apache-2.0 */
/* People's sign-ins: between the Azure client, the store that keeps them and whoever is at the
 * terminal. */
#ifndef FLEXHOST_COMMAND_SIGN_IN_H
#define FLEXHOST_COMMAND_SIGN_IN_H

#include "azure/arm.h"
#include "command/context.h"
#include "config/config.h"

#include <jansson.h>

struct sign_ins;

/* One for each credential of the configuration. Both are borrowed. NULL without memory. */
struct sign_ins *sign_ins_new(struct context *context, const struct config *config);
void sign_ins_free(struct sign_ins *sign_ins);
/* What the Azure client needs of the configuration's credential at this index. */
void sign_in_fill(struct sign_ins *sign_ins, size_t index, struct arm_credential *credential);
/* A person has asked to sign in: a code is shown even if there is no terminal. */
void sign_ins_command(struct sign_ins *sign_ins);

/* What is known of the sign-in with a credential of type device-code, for people; *account NULL:
 * nobody is signed in. */
int sign_in_account(struct context *context, const struct credential_config *credential,
                    json_t **account, struct error *err);

#endif
