/* SPDX-License-Identifier: Apache-2.0 */
/* Alternatives of a step: bodies for when Azure has no room for the first one. */
#ifndef FLEXHOST_PLAN_ALTERNATIVE_H
#define FLEXHOST_PLAN_ALTERNATIVE_H

#include <jansson.h>

/* RFC 7396: a new value. NULL without memory. */
json_t *alternative_merge(const json_t *body, const json_t *patch);
/* What `body` has wherever one of the alternatives would change it: {"zones":["1"]}. Two steps of
 * one collection with the same placement compete for the same capacity. A new value. */
json_t *alternative_placement(const json_t *body, const json_t *alternatives);
/* The same for people: "vmSize Standard_D2s_v5, zones 1". To be freed; NULL without memory. */
char *alternative_text(const json_t *placement);

#endif
