/* SPDX-License-Identifier: Apache-2.0 */
/* The one way in which any subject is created, changed, deleted and resumed. */
#ifndef FLEXHOST_COMMAND_CHANGE_H
#define FLEXHOST_COMMAND_CHANGE_H

#include "base/error.h"
#include "command/command.h"
#include "command/context.h"
#include "command/store_view.h"
#include "plan/plan.h"

#include <jansson.h>

/* What tells one kind of subject from another: its words, and how its request becomes a plan. */
struct subject_kind {
    const char *kind;
    const char *creating; /* status codes of the published model */
    const char *updating;
    const char *deleting;
    const char *done;
    const char *failed;
    const char *delete_failed;
    /* What was interrupted is gone on with before anything else is done to it but its deletion:
     * another plan would throw away what is half made. */
    bool resumes_first;
    /* Once it is done it needs no connection and no image any more: those may be deleted. */
    bool lets_go;
    /* Pure: the same request, the same plan, also after a restart. */
    int (*plan)(struct context *context, const json_t *request, struct plan **plan,
                struct error *err);
    /* What the first checks found may be outdated by what another process did since: asked again
     * with the lease held, in the transaction that records the change. */
    int (*admit)(struct context *context, const struct subject *subject, const char *action,
                 struct error *err);
    /* After the operation ended well: sets status and details from what was applied. May be NULL.
     */
    int (*settle)(struct context *context, struct subject *subject, const json_t *request,
                  struct error *err);
    /* What to say when a secret is wanted that went with the command that brought it; %s is the
     * subject's name. NULL: it has none of the kind. */
    const char *unkept_mend;
};

const struct subject_kind *subject_kind_find(const char *kind);

/* What a status code of a kind is called in the manual ("Complete": "Ready to use"); the code
 * itself if it has no other name. */
const char *status_label(const char *kind, const char *status);

struct change_request {
    const struct subject_kind *kind;
    const char *action;    /* "create", "update", or a verb's name */
    const json_t *request; /* all that planning needs, with id, name, type, region, subscription; no
                              secrets */
    const json_t *data;    /* of the record: fields, what it uses */
    const json_t *secrets; /* {NAME: value}; stored encrypted under the subject */
    /* {NAME: value}: secrets that this process holds until the operation has ended, and that are
     * kept nowhere. NULL: none. */
    const json_t *unkept;
    /* The record as it was when the change was thought up, or NULL for a new subject: what somebody
     * else has changed since is not overwritten. */
    const struct record *existing;
    /* {STEP: "renew" | "remove"}: what is no longer as it was applied, and is made anew; NULL:
     * none.
     */
    const json_t *drifted;
    const char *breaks;    /* what the operator acknowledges before it starts; NULL: nothing */
    const char *under_way; /* the status while it runs; NULL: the kind's own */
};

/* Plans; prints the difference for a dry run; otherwise asks for the acknowledgement, records the
 * subject and its operation, and runs or detaches it. The output is the subject as `show` has it
 * (with no_wait: the operation). */
int change_start(struct context *context, const struct command_input *input,
                 const struct change_request *change, struct command_output *output,
                 struct error *err);
/* Teardown of all that was applied, then of the record, when the operator acknowledges what the
 * command's row says. Consumes nothing. */
int change_delete(struct context *context, const struct command_input *input,
                  struct subject *subject, struct command_output *output, struct error *err);
/* Goes on with an operation that did not end well, in this process; or shows what that would do. */
int change_resume(struct context *context, const char *operation_id, bool dry_run,
                  struct command_output *output, struct error *err);
/* Shows the face what applying the plan would change; plan NULL: teardown. operation_id: the one
 * that would go on, or NULL. */
int change_show(struct context *context, const char *subject_id, const struct plan *plan,
                const char *operation_id, struct error *err);

/* A subject as JSON for `show` and `list`. */
json_t *subject_json(const struct subject *subject);

#endif
