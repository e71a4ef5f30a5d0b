/* SPDX-License-Identifier: Apache-2.0 */
/* Records and operations copied out of the store, for handlers that go on to change them. */
#ifndef FLEXHOST_COMMAND_STORE_VIEW_H
#define FLEXHOST_COMMAND_STORE_VIEW_H

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

struct subject {
    struct arena arena; /* holds the texts of `record` */
    struct record record;
    json_t *data; /* record.data parsed; an object */
};

struct operation_view {
    struct arena arena;
    struct operation operation;
    json_t *request; /* operation.request parsed; an object */
};

/* By name (any case) or id. Not there: ERROR_USAGE with a suggestion and the command that lists
 * them. */
int subject_load(struct store *store, const char *kind, const char *name_or_id,
                 struct subject *subject, struct error *err);
/* As above, but *found says whether it is there instead of an error. */
int subject_find(struct store *store, const char *kind, const char *name_or_id,
                 struct subject *subject, bool *found, struct error *err);
void subject_clear(struct subject *subject);
/* Writes record.data from `data` and stores the record; inside a transaction. */
int subject_put(struct store *store, struct subject *subject, struct error *err);

/* By id or a prefix of it that is unique. */
int operation_load(struct store *store, const char *id, struct operation_view *view,
                   struct error *err);
void operation_clear(struct operation_view *view);

/* The names of a kind's records that have this text under the key of their data, alone or in a
 * list, are appended to *names (a JSON array). */
int subject_users(struct store *store, const char *kind, const char *key, const char *value,
                  json_t *names, struct error *err);

#endif
