/* SPDX-License-Identifier: Apache-2.0 */
/* Address ranges of networks: against what Azure allows and every range that flexhost knows of. */
#ifndef FLEXHOST_COMMAND_OVERLAP_H
#define FLEXHOST_COMMAND_OVERLAP_H

#include "command/context.h"
#include "command/store_view.h"

#include <jansson.h>

/* The ranges of networks in these fields, against those that Azure refuses in a network. All
 * problems in one error. */
int overlap_check_usable(const struct plugin *plugin, const json_t *fields, struct error *err);

/* The request's fields marked FH_FIELD_OCCUPIES, against one another, the ranges of all other
 * connections, the INI's on-premises ranges and the plugin's claims. All conflicts in one error. */
int overlap_check(struct context *context, const struct plugin *plugin, const json_t *request,
                  const struct claim *claims, size_t claim_count, struct error *err);

/* What the plugin's claims tell of others, to remember: [{"cidr", "owner"}], without the networks
 * of our own connections, which it meets behind a network or hub that two of them share and whose
 * records say what they occupy. NULL with err set. */
json_t *overlap_learned(struct context *context, const struct plugin_check *check,
                        struct error *err);

/* "auto:/24" in such a field becomes the next free range of that size, by all of the above; the
 * request's fields are changed in place. *chosen says whether there was any. */
int overlap_choose(struct context *context, const struct plugin *plugin, json_t *request,
                   const struct claim *claims, size_t claim_count, bool *chosen, struct error *err);

/* The ranges in the fields marked FH_FIELD_OCCUPIES, as an array of texts. */
json_t *overlap_ranges(const struct plugin *plugin, const json_t *fields);

/* What each occupied range gives: first and last address, and how many are left for machines. Those
 * that the connection has already are passed over. */
void overlap_preview(struct context *context, const struct plugin *plugin, const json_t *request);

/* {"range", "first", "last", "addresses", "forMachines"} */
json_t *overlap_describe(const char *range);
/* The same of a range that nobody has yet (or of auto:/24), with "conflicts" (an array of texts)
 * and a free range as "proposal" when there are any. NULL with err set. */
json_t *overlap_examine(struct context *context, const char *range, const struct claim *claims,
                        size_t claim_count, struct error *err);

/* A subject's recorded ranges against those of all other connections. */
int overlap_check_recorded(struct context *context, const struct subject *subject,
                           struct error *err);

#endif
