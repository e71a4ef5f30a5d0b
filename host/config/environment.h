/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that stand in the environment, under the names that Azure's own tools use. */
#ifndef FLEXHOST_CONFIG_ENVIRONMENT_H
#define FLEXHOST_CONFIG_ENVIRONMENT_H

#include "config/schema.h"

#include <stdbool.h>

/* Fills the credential and says in `source` which variables won: AZURE_... before ARM_.... Returns
 * whether there is one. What is missing or wrong is a problem of the section if there is one; with
 * NULL only what is wrong is. */
bool environment_credential(struct loading *loading, const struct ini_section *section,
                            struct credential_config *credential);

#endif
