/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the journal: what is under way and what is there. A row is written before its request
 * leaves and says enough to ask Azure again by name, or to undo the step without its plugin.
 *
 *   intent         the request may have left; nothing is known of its answer. Of a COPY `poll` has
 *                  the ETag of the source once it is known, and pages may have been moved
 *   accepted       Azure said yes and goes on; `poll` tells where to ask
 *   done           it is there, with its outputs
 *   failed         Azure refused, or the work failed there; a remnant may be left. When it ended by
 *                  its `until_failures`, `poll` has the operation in which it did
 *   undo-intent    its removal may have left
 *   undo-accepted  Azure removes it
 *
 * No row: nothing of the step is there.
 */
#ifndef FLEXHOST_PLAN_JOURNAL_H
#define FLEXHOST_PLAN_JOURNAL_H

#include "azure/arm.h"
#include "base/error.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum row_state {
    ROW_NONE,
    ROW_INTENT,
    ROW_ACCEPTED,
    ROW_DONE,
    ROW_FAILED,
    ROW_UNDO_INTENT,
    ROW_UNDO_ACCEPTED
};

/* In `flags`, above the SDK's: the resource was there before this change, so that no failure may
 * end in its removal. */
#define ROW_EXISTED INT64_C(0x10000)
/* A request of its own may still be on its way when it is undone: what is absent then may yet come.
 */
#define ROW_DOUBT INT64_C(0x20000)
/* undo-intent: it is to be removed, and no request for that has left yet. */
#define ROW_UNSENT INT64_C(0x40000)

struct row {
    enum row_state state;
    int64_t sequence;
    char *digest; /* of the step as it was sent; "": what it was bound with has changed since */
    char *method;
    char *path;
    char *api_version;
    char *credential;
    char *title;
    char *part;
    json_t *undo;    /* {method, path, body, auxiliary, collection}; NULL: DELETE of path */
    json_t *after;   /* keys of rows that are undone later */
    json_t *outputs; /* without secrets */
    json_t *poll;
    json_t *error;
    int64_t ownership;
    int64_t flags;
    int64_t alternative;
    int64_t attempts;
    int64_t updated_ms;
};

void row_clear(struct row *row);
int row_copy(struct row *to, const struct row *from);
/* Replaces a text member; -1 without memory. */
int row_set(char **member, const char *value);
/* Replaces a JSON member by a reference that the row takes over. */
void row_give(json_t **member, json_t *value);

json_t *poll_to_json(const struct arm_poll *poll);
/* Borrows from `json`. */
struct arm_poll poll_from_json(const json_t *json);

typedef int journal_row_fn(void *context, const char *key, struct row *row, struct error *err);

/* Every row of the subject; fn takes the row over (it clears or keeps it). */
int journal_load(struct store *store, const char *subject_id, journal_row_fn *fn, void *context,
                 struct error *err);
/* Within a transaction. A row that is ROW_NONE is deleted. */
int journal_save(struct store *store, const char *subject_id, const char *operation_id,
                 const char *key, const struct row *row, struct error *err);

#endif
