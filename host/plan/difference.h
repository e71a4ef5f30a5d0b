/* SPDX-License-Identifier: Apache-2.0 */
/* A body that was sent, and the resource that Azure shows: what of the one is not in the other. */
#ifndef FLEXHOST_PLAN_DIFFERENCE_H
#define FLEXHOST_PLAN_DIFFERENCE_H

#include "base/text.h"

#include <jansson.h>

/* Appends every difference in words, with "; " between. shared_list: where other subjects may have
 * added something, a JSON pointer; NULL: nowhere. Azure completes what it is sent, changes
 * the case of names and drops what is empty: none of that is a difference. References to secrets
 * are passed over. */
void difference_tell(const json_t *wanted, const json_t *found, const char *shared_list,
                     struct text *differences);

#endif
