/* SPDX-License-Identifier: Apache-2.0 */
/* A small number that no other subject of a kind has. */
#ifndef FLEXHOST_COMMAND_NUMBERING_H
#define FLEXHOST_COMMAND_NUMBERING_H

#include "base/error.h"
#include "store/store.h"

#include <stdint.h>

/* The first that is free; -1 with err set. */
int64_t numbering_next(struct store *store, const char *kind, struct error *err);
/* Refuses a number that another subject of the kind has taken meanwhile. */
int numbering_admit(struct store *store, const struct record *record, int64_t number,
                    struct error *err);

#endif
