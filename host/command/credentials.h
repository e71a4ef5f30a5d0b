/* SPDX-License-Identifier: Apache-2.0 */
/* The INI's credentials as the Azure client takes them: secrets are fetched when a token is needed.
 */
#ifndef FLEXHOST_COMMAND_CREDENTIALS_H
#define FLEXHOST_COMMAND_CREDENTIALS_H

#include "azure/arm.h"
#include "config/config.h"

struct sign_ins;

/* One for each [credential "NAME"]; borrows from the configuration and from people's sign-ins. The
 * caller frees the array. */
struct arm_credential *credentials_of(const struct config *config, struct sign_ins *sign_ins,
                                      size_t *count);

#endif
