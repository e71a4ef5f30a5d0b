/* SPDX-License-Identifier: Apache-2.0 */
/* Occupied address ranges against every range that flexhost knows of. */
#ifndef FLEXHOST_COMMAND_OVERLAP_H
#define FLEXHOST_COMMAND_OVERLAP_H

#include "command/context.h"
#include "command/store_view.h"

#include <jansson.h>

/* The request's fields marked FH_FIELD_OCCUPIES, against one another, the ranges of all other
 * connections, the INI's on-premises ranges and the plugin's claims. All conflicts in one error. */
int overlap_check(struct context *context, const struct plugin *plugin, const json_t *request,
                  const struct claim *claims, size_t claim_count, struct error *err);

/* What each occupied range gives: first and last address, and how many are left for machines. */
void overlap_preview(struct context *context, const struct plugin *plugin, const json_t *request);

/* A subject's recorded ranges against those of all other connections. */
int overlap_check_recorded(struct context *context, const struct subject *subject,
                           struct error *err);

#endif
