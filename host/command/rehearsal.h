/* SPDX-License-Identifier: Apache-2.0 */
/* The store as a dry run sees it: as if the secrets of the change were kept already, and what has
 * drifted were marked. */
#ifndef FLEXHOST_COMMAND_REHEARSAL_H
#define FLEXHOST_COMMAND_REHEARSAL_H

#include "store/store.h"

#include <jansson.h>

struct rehearsal {
    struct store store; /* what engine_diff is given; it serves that alone */
    struct store_ops ops;
    struct store *real;
    const json_t *secrets; /* name -> value; NULL: none */
    const json_t *drifted; /* step -> mend; NULL: none */
};

/* Borrows both; nothing is written and nothing has to be cleared. */
void rehearsal_begin(struct rehearsal *rehearsal, struct store *real, const json_t *secrets,
                     const json_t *drifted);

#endif
