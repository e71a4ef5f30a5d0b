/* SPDX-License-Identifier: Apache-2.0 */
/* Going on with a recorded operation, in this process or in one of its own. */
#include "command/operation_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNNER_START_MS = 5000, RUNNER_LOOK_MS = 10 };

/* Runs again what the request says; a deletion needs no plan. */
static int plan_again(struct context *context, const struct operation_run *run, struct plan **plan,
                      struct error *err)
{
    *plan = NULL;
    if (strcmp(run->action, "delete") == 0)
        return 0;
    return run->kind->plan(context, run->request, plan, err);
}

static int put(struct store *store, const struct operation *operation, struct error *err)
{
    if (store->ops->begin(store, err) < 0)
        return -1;
    if (store->ops->operation_put(store, operation, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

/* The subject is told to be at work again, as when the operation began. */
static void set_busy(struct operation_run *run)
{
    struct record *record = &run->subject->record;
    const char *under_way = json_string_value(
        json_object_get(json_object_get(run->subject->data, "internal"), "underWay"));
    record->status = strcmp(run->action, "delete") == 0 ? run->kind->deleting
                     : under_way ? arena_copy(&run->subject->arena, under_way)
                     : strcmp(run->action, "create") == 0 ? run->kind->creating
                                                          : run->kind->updating;
    json_object_del(run->subject->data, "statusLabel");
    json_object_del(run->subject->data, "message");
}

static int mark_running(struct store *store, struct operation_run *run, struct operation *operation,
                        struct error *err)
{
    operation->status = "Running";
    operation->error = NULL;
    operation->finished_ms = 0;
    operation->cancel_requested = false;
    set_busy(run);
    if (store->ops->begin(store, err) < 0)
        return -1;
    if (subject_put(store, run->subject, err) == 0 &&
        store->ops->operation_put(store, operation, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

static int run_again(struct context *context, struct operation_run *run,
                     struct operation *operation, const struct plan *plan,
                     struct command_output *output, struct error *err)
{
    context_set_transaction(context, run->operation_id);
    if (mark_running(context_store(context, err), run, operation, err) < 0)
        return -1;
    return operation_run(context, run, plan, output, err);
}

static int refuse_settled(const struct operation *operation, const struct subject *subject,
                          bool found, struct error *err)
{
    const char *later = subject->record.operation;
    if (strcmp(operation->status, "Succeeded") == 0)
        return error_set(err, ERROR_USAGE, "/id",
                         "operation %s has succeeded: there is nothing to resume", operation->id);
    if (!found)
        return error_set(err, ERROR_USAGE, "/id",
                         "the %s \"%s\" of operation %s is gone: nothing to resume",
                         operation->subject_kind, operation->subject_name, operation->id);
    if (later && strcmp(later, operation->id) != 0)
        return error_set(err, ERROR_USAGE, "/id",
                         "the %s \"%s\" has a later operation (%s): resume that one",
                         operation->subject_kind, operation->subject_name, later);
    return 0;
}

/* What cannot be gone on with waits for somebody who mends it: a later command would only fail at
 * it again. */
static void leave_interrupted(struct context *context, const char *id, const struct error *why)
{
    struct store *store = context_store(context, NULL);
    struct operation_view view;
    if (!store || operation_load(store, id, &view, NULL) < 0)
        return;
    if (strcmp(view.operation.status, "Running") == 0) {
        json_t *error = error_json(why);
        char *text = error ? json_dumps(error, JSON_COMPACT) : NULL;
        view.operation.status = "Interrupted";
        view.operation.error = text;
        view.operation.finished_ms = clock_wall(clock_system());
        put(store, &view.operation, NULL);
        free(text);
        json_decref(error);
    }
    operation_clear(&view);
}

static int resume(struct context *context, struct operation_view *view, bool dry_run,
                  struct command_output *output, struct error *err)
{
    struct operation *operation = &view->operation;
    struct subject subject;
    struct plan *plan = NULL;
    struct operation_run run = {.kind = subject_kind_find(operation->subject_kind),
                                .subject = &subject,
                                .request = view->request,
                                .operation_id = operation->id,
                                .action = operation->action};
    bool found;
    if (!run.kind) {
        error_set(err, ERROR_USAGE, "/id",
                  "operation %s is about a \"%s\", which this flexhost does not know: resume it "
                  "with the flexhost that began it",
                  operation->id, operation->subject_kind);
        leave_interrupted(context, operation->id, err);
        return -1;
    }
    if (subject_find(context_store(context, err), operation->subject_kind, operation->subject_id,
                     &subject, &found, err) < 0)
        return -1;
    int result = refuse_settled(operation, &subject, found, err);
    if (result == 0)
        result = plan_again(context, &run, &plan, err);
    if (result < 0 && !dry_run)
        leave_interrupted(context, operation->id, err);
    if (result == 0)
        result = dry_run ? change_show(context, subject.record.id, plan, operation->id, err)
                         : run_again(context, &run, operation, plan, output, err);
    plan_free(plan);
    subject_clear(&subject);
    return result;
}

/* Only who holds the lease can tell how far it is: until then another process may be at work on it.
 */
static int resume_leased(struct context *context, const struct operation *operation,
                         struct command_output *output, struct error *err)
{
    struct operation_view view;
    if (operation_run_lease(context, operation->subject_id, operation->id, err) < 0)
        return -1;
    int result = operation_load(context_store(context, err), operation->id, &view, err);
    if (result == 0) {
        result = resume(context, &view, false, output, err);
        operation_clear(&view);
    }
    operation_run_release(context, operation->subject_id, operation->id);
    return result;
}

int change_resume(struct context *context, const char *operation_id, bool dry_run,
                  struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct operation_view view;
    if (!store || operation_load(store, operation_id, &view, err) < 0)
        return -1;
    int result = dry_run ? resume(context, &view, true, output, err)
                         : resume_leased(context, &view.operation, output, err);
    operation_clear(&view);
    return result;
}

/* The grandchild belongs to no terminal and no shell; what it has to say is in the operation. */
static void become_runner(char *const arguments[])
{
    if (setsid() < 0 || fork() != 0)
        _exit(0);
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0)
        _exit(127);
    for (int fd = 0; fd < 3; fd++)
        dup2(nowhere, fd);
    if (chdir("/") < 0)
        _exit(127);
    execv("/proc/self/exe", arguments);
    _exit(127);
}

/* Until the runner holds the lease nobody could tell that the operation is alive. */
static int await_runner(struct context *context, const char *operation_id, struct error *err)
{
    struct store *store = context_store(context, err);
    struct operation_view view;
    if (!store || operation_load(store, operation_id, &view, err) < 0)
        return -1;
    bool held = false, ended = false, left = false;
    for (int waited = 0; !held && !ended && waited < RUNNER_START_MS; waited += RUNNER_LOOK_MS) {
        struct lease_holder holder;
        struct timespec span = {0, RUNNER_LOOK_MS * 1000000L};
        nanosleep(&span, NULL);
        struct operation_view now;
        if (store->ops->lease_query(store, view.operation.subject_id, &held, &holder, err) < 0 ||
            operation_load(store, operation_id, &now, err) < 0)
            break;
        left = strcmp(now.operation.status, "Interrupted") == 0;
        ended = strcmp(now.operation.status, "Running") != 0 || now.operation.finished_ms != 0;
        operation_clear(&now);
    }
    operation_clear(&view);
    if (left)
        return error_set(
            err, ERROR_FAILED, NULL,
            "`flexhost operation show %s` says why; mended, `flexhost operation resume "
            "%s` goes on",
            operation_id, operation_id);
    if (held || ended)
        return 0;
    return error_set(err, ERROR_FAILED, NULL,
                     "the runner did not start: `flexhost operation resume %s` runs it here",
                     operation_id);
}

int operation_detach(struct context *context, const char *operation_id, struct error *err)
{
    char *config = realpath(context_config_path(context), NULL);
    if (!config)
        return error_set(err, ERROR_FAILED, NULL, "cannot start a runner: %s", strerror(errno));
    char *arguments[] = {
        (char *)"flexhost", (char *)"--config",   config, (char *)"-q", (char *)"operation",
        (char *)"run",      (char *)operation_id, NULL};
    pid_t child = fork();
    if (child == 0)
        become_runner(arguments);
    int failed = child < 0 || waitpid(child, NULL, 0) < 0;
    int reason = errno;
    free(config);
    if (failed)
        return error_set(err, ERROR_FAILED, NULL,
                         "cannot start a runner (%s): `flexhost operation resume %s` runs it here",
                         strerror(reason), operation_id);
    return await_runner(context, operation_id, err);
}
