/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the engine: one run of one operation.
 *
 * Every key that the plan or the journal knows is an item. An item has a stage (where it stands in
 * the graph) and, while it is active, an act (its next request). Handlers of answers only change
 * memory: they mark rows dirty and post the next act. Once a turn all dirty rows are committed
 * together, and only then do the posted acts leave.
 */
#ifndef FLEXHOST_PLAN_RUN_H
#define FLEXHOST_PLAN_RUN_H

#include "base/digest.h"
#include "plan/diff.h"
#include "plan/engine.h"
#include "plan/journal.h"
#include "plan/step.h"

/* The tag by which a resource tells which request made it. */
#define ITEM_MARK "flexhost-digest"

enum stage {
    STAGE_IDLE,    /* not of this phase, or temporary and not needed */
    STAGE_WAITING, /* for those it comes after */
    STAGE_ACTIVE,  /* a request, a poll or a rest is under way */
    STAGE_HELD,    /* done, or as it was */
    STAGE_FAILED,
    STAGE_SKIPPED, /* one that it comes after failed */
    STAGE_GONE     /* undone */
};

enum act {
    ACT_NONE,
    ACT_SEND,  /* the step's own request */
    ACT_READ,  /* GET what its PUT has to send along */
    ACT_ASK,   /* GET by name: what became of it? */
    ACT_POLL,  /* await what Azure accepted */
    ACT_SWEEP, /* the same, by reading its collection */
    ACT_WATCH, /* GET until */
    ACT_FETCH,
    ACT_COPY,      /* its source is journaled: move the pages */
    ACT_UNDO,      /* send the undo */
    ACT_UNDO_POLL, /* await it */
    ACT_UNDO_ASK   /* GET by name: is it gone? */
};

struct copy;
struct run;
struct sweep;

struct item {
    struct run *run;
    const char *key;
    char *own_key;                /* NULL: the plan's */
    const struct plan_step *step; /* NULL: no longer in the plan */
    size_t place;
    struct row row;
    char digest[DIGEST_HEX]; /* as the plan wants it */
    enum stage stage;
    enum act act;
    uint64_t call; /* arm's id of what is under way; 0: none */
    bool ripe;     /* in run->ripe */
    bool dirty;
    bool mutating;  /* its request counts against the limit */
    bool acted;     /* carried out in this run */
    bool tried;     /* one of its alternatives was */
    bool doubtful;  /* nobody knows whether its last request was carried out */
    bool anew;      /* it failed in an earlier operation: its first alternative may do now */
    bool resent;    /* although an earlier request may still be on its way */
    bool evidence;  /* an action: the watch is to tell whether it happened */
    bool reread;    /* the answer lacked an output: it was read once more */
    bool then_send; /* undone to make room for itself */
    bool slow_told;
    size_t cursor; /* of step->before: all earlier ones have ended well */
    int64_t begun_ms;
    int64_t window_ms; /* until when a 404 is not believed; 0: believed */
    int64_t retry_ms;  /* until when a busy Azure is asked again; 0: not set */
    int64_t watch_ms;  /* until when a watch goes on; 0: not set */
    int64_t alternative;
    int attempts; /* for the back-off */
    int sends;    /* of this run */
    char *placement;
    char *tried_names;
    json_t *body;    /* bound, from the intent to the request */
    json_t *others;  /* {list, etag}: what its next request sends along; NULL: not read */
    json_t *secrets; /* outputs that are in memory only */
    struct error error;
    int64_t undo_wait; /* rows that must go first */
    bool undo_set;
    bool fresh;           /* made or changed just before it is undone */
    struct sweep *sweep;  /* that watches it */
    struct sweep *listed; /* that has it among its members, perhaps from before */
    int64_t sweep_round;  /* the first that may speak of it */
    int64_t seen_round;
    int sweep_missed;
    int fetch_fd;
    char *fetch_path;
    struct copy *copy; /* under way */
    bool told;         /* its failure is one that gave outputs */
    bool stood_on;     /* something lasting comes after it */
    bool going;        /* it comes after a container that goes */
    bool remnant;      /* what its failure has left goes before that container; its row stays */
};

/* Items by turn; each at most once, so that it never grows beyond the number of items. */
struct fifo {
    struct item **slots;
    size_t room, head, count;
};

struct rest {
    int64_t due_ms;
    uint64_t order;
    struct item *item;
};

struct run {
    const struct engine_run *given;
    struct engine_result *result;
    const struct plan *plan;
    struct item *items; /* the plan's in its order, then those it no longer has, by sequence */
    size_t count, room;
    size_t planned;
    json_t *index;      /* key -> place in items */
    json_t *exhausted;  /* placements for which Azure had no room */
    json_t *secrets;    /* those of this turn's bodies; NULL between turns */
    struct fifo ripe;   /* to be looked at: perhaps their turn has come */
    struct fifo sends;  /* mutating requests that wait for the limit */
    struct fifo outbox; /* leave after the commit */
    struct fifo dirty;
    struct rest *rests; /* a heap */
    size_t rest_count, rest_room;
    uint64_t rest_order;
    struct sweep *sweeps;
    bool undoing;  /* the phase */
    bool stopping; /* nothing new */
    bool halted;   /* nothing at all: lease lost or store broken */
    enum engine_end end;
    bool ended_early;
    int64_t open; /* items of this phase that have not ended */
    int64_t in_flight;
    int64_t lease_due_ms, look_due_ms, record_due_ms, slow_due_ms, sweep_ms;
};

/* setup.c */
int run_set_up(struct run *run, struct error *err);
void run_take_down(struct run *run);
/* Turns a row into one of its own, to be undone when the plan holds. Takes the row over. */
int run_leave_behind(struct item *item, struct row *row);

/* queue.c */
int fifo_make(struct fifo *fifo, size_t room);
void fifo_push(struct fifo *fifo, struct item *item);
struct item *fifo_pop(struct fifo *fifo);
int64_t run_now(const struct run *run);
/* The item's next request; mutating ones wait for the limit, the others for the commit. */
void item_post(struct item *item, enum act act);
void item_rest(struct item *item, enum act act, int64_t delay_ms);
/* A growing pause with jitter. */
int64_t item_backoff(struct item *item);
void item_dirty(struct item *item);
void run_wake(struct run *run);
int64_t run_next_rest(const struct run *run);
/* Nothing is sent any more; the operation resumes once the store or memory is mended. */
void run_break(struct run *run, const struct error *err);
void run_without_memory(struct run *run);

/* begin.c */
struct item *run_find(struct run *run, const char *key, size_t length);
void item_ripen(struct item *item);
void run_ripen(struct run *run);
/* Binds and journals; false: nothing to send (it failed, or waits for another). */
bool item_prepare(struct item *item);
const char *item_placement(struct item *item);

/* bound.c */
int item_bind_row(struct item *item, struct error *err);
/* A row that holds is asked for and undone with the credentials that its step names now. */
void item_renew_credentials(struct item *item);
json_t *item_bind_body(struct item *item, struct error *err);
/* {source, target, etag} of a COPY: all that it needs, in place of a body. */
json_t *item_bind_copy(struct item *item, struct error *err);
json_t *item_bind_undo(struct item *item, struct error *err);
json_t *item_undo_body(struct item *item, struct error *err);
char *item_bind_text(struct item *item, const char *template, struct error *err);
json_t *run_bind_exports(struct run *run);
void item_redact(struct item *item, char **message);

/* send.c */
void item_send(struct item *item);
void item_poll(struct item *item);
void item_arrived(struct item *item, const json_t *body);
void item_refused(struct item *item, const struct arm_answer *answer);
void item_settle_failure(struct item *item, bool remnant);
void item_keep_error(struct item *item, const struct arm_answer *answer);
void item_poll_failed(struct item *item, const struct arm_answer *answer);
void item_follow(struct item *item);

/* request.c */
struct request {
    char *path;
    const char *auxiliary[3];
    struct arm_call call;
};
/* The call for the item's resource; query may be NULL. Freed by request_clear. */
int request_make(struct request *request, struct item *item, const char *method, const char *path,
                 const char *query);
void request_clear(struct request *request);
uint64_t request_send(struct request *request, struct item *item, arm_done *done);

/* ask.c */
void item_ask(struct item *item);
void item_resume_intent(struct item *item);
bool item_matches(const struct item *item, const json_t *body);
/* Whether it shows what the last request made of it, as far as that can be told. */
bool item_is_recent(const struct item *item, const json_t *body);
const char *resource_state(const json_t *body);
bool state_is_final(const char *state);

/* watch.c */
void item_watch(struct item *item);
void item_watch_body(struct item *item, const json_t *body);

/* fetch.c */
void item_fetch(struct item *item);
void fetch_drop(struct item *item);

/* copy.c */
void item_copy(struct item *item);
void item_copy_go(struct item *item);
/* The row no longer says that the copy has begun, only what the target may hold of it. */
void copy_set_back(struct item *item);
void copy_drop(struct item *item);
void run_stop_copies(struct run *run);

/* shared.c */
/* Whether its shared list has to be read before it can be sent. */
bool shared_is_unread(const struct item *item);
void item_read_shared(struct item *item);
/* Into the body that is bound. */
void shared_add(struct item *item);
/* That the resource must still have; NULL: any. */
const char *shared_etag(const struct item *item);
/* The next request reads again. */
void shared_forget(struct item *item);

/* container.c */
/* Looks at what is there; the others go by that. */
void run_look_at_containers(struct run *run);
bool container_has_remnant(const struct item *item);
bool container_is_empty(const struct item *item);

/* sweep.c */
void item_sweep(struct item *item);
void sweep_leave(struct item *item);
void run_sweep(struct run *run);
int64_t sweeps_due(const struct run *run);
void sweeps_free(struct run *run);

/* undo.c */
void undo_phase(struct run *run, bool (*chosen)(const struct item *item));
void item_undo_begin(struct item *item);
void item_undo(struct item *item);
void item_undo_poll(struct item *item);
void item_undo_ask(struct item *item);
void item_gone(struct item *item);
void item_absent(struct item *item);

/* outcome.c */
void item_hold(struct item *item);
void item_complete(struct item *item, const json_t *body);
void item_fail(struct item *item);        /* with item->error; the row says failed */
void item_fail_softly(struct item *item); /* the row stays as it is: the next run goes on there */
void item_skip(struct item *item, const struct item *because);
/* Outputs of an answer that says that it failed: they are kept with the failure. */
void item_keep_outputs(struct item *item, const json_t *body);
void item_waits(struct item *item, const char *why);
void item_moves(struct item *item, int64_t bytes, int64_t total);
void run_tell(struct run *run, enum progress_kind kind, const struct item *item,
              const char *message);

#endif
