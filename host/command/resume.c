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

static int mark_running(struct store *store, struct operation *operation, struct error *err)
{
    operation->status = "Running";
    operation->error = NULL;
    operation->finished_ms = 0;
    operation->cancel_requested = false;
    if (store->ops->begin(store, err) < 0)
        return -1;
    if (store->ops->operation_put(store, operation, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

static int resume(struct context *context, struct operation_view *view, struct subject *subject,
                  struct command_output *output, struct error *err)
{
    const struct operation *operation = &view->operation;
    struct operation_run run = {.kind = subject_kind_find(operation->subject_kind),
                                .subject = subject,
                                .request = view->request,
                                .operation_id = operation->id,
                                .action = operation->action};
    struct store *store = context_store(context, err);
    struct plan *plan = NULL;
    if (!store || plan_again(context, &run, &plan, err) < 0)
        return -1;
    int result = operation_run_lease(context, &run, err);
    if (result == 0) {
        result = mark_running(store, &view->operation, err);
        if (result == 0)
            result = operation_run(context, &run, plan, output, err);
        else
            operation_run_release(context, &run);
    }
    plan_free(plan);
    return result;
}

int change_resume(struct context *context, const char *operation_id, struct command_output *output,
                  struct error *err)
{
    struct store *store = context_store(context, err);
    struct operation_view view;
    if (!store || operation_load(store, operation_id, &view, err) < 0)
        return -1;
    struct subject subject = {0};
    bool found = false;
    int result = 0;
    if (strcmp(view.operation.status, "Succeeded") == 0)
        result =
            error_set(err, ERROR_USAGE, "/id",
                      "operation %s has succeeded: there is nothing to resume", view.operation.id);
    else
        result = subject_find(store, view.operation.subject_kind, view.operation.subject_id,
                              &subject, &found, err);
    if (result == 0 && !found)
        result = error_set(
            err, ERROR_USAGE, "/id", "the %s \"%s\" of operation %s is gone: nothing to resume",
            view.operation.subject_kind, view.operation.subject_name, view.operation.id);
    if (result == 0 && subject.record.operation &&
        strcmp(subject.record.operation, view.operation.id) != 0)
        result = error_set(
            err, ERROR_USAGE, "/id", "the %s \"%s\" has a later operation (%s): resume that one",
            view.operation.subject_kind, view.operation.subject_name, subject.record.operation);
    if (result == 0)
        result = resume(context, &view, &subject, output, err);
    subject_clear(&subject);
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
    bool held = false, ended = false;
    for (int waited = 0; !held && !ended && waited < RUNNER_START_MS; waited += RUNNER_LOOK_MS) {
        struct lease_holder holder;
        struct timespec span = {0, RUNNER_LOOK_MS * 1000000L};
        nanosleep(&span, NULL);
        struct operation_view now;
        if (store->ops->lease_query(store, view.operation.subject_id, &held, &holder, err) < 0 ||
            operation_load(store, operation_id, &now, err) < 0)
            break;
        ended = strcmp(now.operation.status, "Running") != 0 || now.operation.finished_ms != 0;
        operation_clear(&now);
    }
    operation_clear(&view);
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
