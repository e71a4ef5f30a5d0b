/* SPDX-License-Identifier: Apache-2.0 */
/* What is in Azure against what was applied: where they differ, and how to make it as it was. */
#ifndef FLEXHOST_PLAN_DRIFT_H
#define FLEXHOST_PLAN_DRIFT_H

#include "base/error.h"
#include "plan/plan.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

/* A resource that was applied and that the plan still has. */
struct applied {
    const char *key;
    const char *path;
    const char *api_version;
    const char *credential;
    const char *list_path; /* NULL: none */
};

/* Every one of them; -1 of the function ends the visit: it had no memory. */
int drift_each_applied(struct store *store, const char *subject_id, const struct plan *plan,
                       int (*each)(void *context, const struct applied *applied), void *context,
                       struct error *err);

/* One step whose resource is not as it was applied. */
struct drift {
    const char *key;
    const char *title;
    const char *differs; /* in words, all differences: "/properties/routes/fw is missing; …" */
    const char *mend;    /* "renew": send it again; "remove": it must go before it is made anew */
};

typedef void drift_fn(void *context, const struct drift *drift);

/* Each applied PUT of the plan whose resource differs. resources: {STEP: what Azure shows; null: it
 * is gone}; steps that are not in it are not looked at. */
int drift_find(struct store *store, const char *subject_id, const struct plan *plan,
               const json_t *resources, drift_fn *each, void *context, struct error *err);

/* {STEP: {"part", "status", "message"}} of the steps that failed when they were last tried; an
 * empty object when none did. The caller decrefs; NULL with err set. */
json_t *drift_failures(struct store *store, const char *subject_id, const struct plan *plan,
                       struct error *err);

/* Within a transaction: the next operation carries these steps out again. drifted: {STEP: mend};
 * NULL: none. */
int drift_mark(struct store *store, const char *subject_id, const char *operation_id,
               const json_t *drifted, struct error *err);

#endif
