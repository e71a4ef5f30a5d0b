/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a plan against what was applied before: journal before act, adopt after a crash, undo in
 * reverse. */
#ifndef FLEXHOST_PLAN_ENGINE_H
#define FLEXHOST_PLAN_ENGINE_H

#include "azure/arm.h"
#include "base/error.h"
#include "base/loop.h"
#include "plan/plan.h"
#include "store/store.h"

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum change_kind { CHANGE_CREATE, CHANGE_UPDATE, CHANGE_REMOVE, CHANGE_KEEP, CHANGE_RUN };

/* One line of a dry run. */
struct change {
    enum change_kind kind;
    const char *key;
    const char *title;
    const char *method;
    const char *path; /* late-bound references left as they are */
    const char *body; /* JSON text, secrets as ${secret:…}; NULL: none */
    const char *why;  /* "is new", "differs from what was applied", "is no longer in the plan" */
};

typedef void change_fn(void *context, const struct change *change);

/* What applying would do, in the order it would be done; asks Azure nothing. plan NULL: teardown;
 * operation_id: the one that it would go on with; NULL: a new one. */
int engine_diff(struct store *store, const char *subject_id, const struct plan *plan,
                const char *operation_id, change_fn *each, void *context, struct error *err);

/* How long Azure will usually take for what a new operation would do; 0: nobody knows. */
int engine_expected_seconds(struct store *store, const char *subject_id, const struct plan *plan,
                            int64_t *seconds, struct error *err);

enum progress_kind {
    PROGRESS_STARTED,
    PROGRESS_DONE,
    PROGRESS_FAILED,
    PROGRESS_UNDONE,
    PROGRESS_WAITING,
    PROGRESS_MOVING /* bytes of a copy */
};

struct progress {
    enum progress_kind kind;
    const char *key;
    const char *title;
    const char *message; /* why it failed, what it waits for; or NULL */
    int64_t done;        /* steps ended, of total */
    int64_t total;
    int64_t in_flight;
    int64_t bytes_done; /* PROGRESS_MOVING: of bytes_total, those of earlier runs among them */
    int64_t bytes_total;
};

typedef void progress_fn(void *context, const struct progress *progress);

struct engine_run {
    struct store *store;
    struct arm *arm;
    struct loop *loop;
    const char *subject_id;
    const char *operation_id; /* journaled with every step, sent as correlation id */
    const char *credential;   /* of steps that name none */
    const struct plan *plan;  /* finished; NULL: teardown of all that is applied */
    /* {NAME: value} of secrets that live in the caller's memory alone: the store has an empty one
     * of the name, for its version. NULL: none. */
    const json_t *secrets;
    const char *secrets_mend;    /* what to say when one of them is wanted later; or NULL */
    const char *artifact_folder; /* where FETCH saves: FOLDER/ARTIFACT; NULL: FETCH is refused */
    int64_t in_flight_limit;     /* mutating requests at a time; 0: 128 */
    int64_t lease_ttl_ms;        /* 0: 30 s; renewed at a third of it */
    int64_t sweep_interval_ms;   /* between two readings of a collection; 0: 10 s */
    int64_t verify_window_ms;    /* how long a 404 just after a PUT is not believed; 0: 60 s */
    const volatile sig_atomic_t
        *interrupted;      /* 1: let requests in flight come home, record, stop; NULL: never */
    progress_fn *progress; /* may be NULL */
    void *progress_context;
};

enum engine_end {
    ENGINE_SUCCEEDED,
    ENGINE_FAILED, /* nothing of the desired state holds that matters: see `failed` */
    ENGINE_PARTLY, /* some parts hold, others failed */
    ENGINE_CANCELLED,
    ENGINE_INTERRUPTED, /* Ctrl-C, lost lease: resumes */
    ENGINE_BROKEN       /* the store or memory failed: resumes when mended */
};

struct engine_result {
    enum engine_end end;
    json_t *exports;     /* resolved exports when it succeeded (or partly); caller decrefs; NULL
                            otherwise */
    char *failed_status; /* of the first failed step that names one; NULL: none */
    struct error error;  /* the first failure, with the step's title; caller clears */
    int64_t steps_total, steps_done, steps_failed;
};

/*
 * Drives the loop until the operation has ended. The caller holds the subject's lease and has
 * committed record and operation. Never leaves the store in a transaction. Returns the same in
 * *result->end; 0 when it succeeded, else -1.
 */
int engine_apply(const struct engine_run *run, struct engine_result *result);
void engine_result_clear(struct engine_result *result);

#endif
