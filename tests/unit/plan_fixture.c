/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine's tests share. */
#include "plan_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(void *context, const struct progress *progress)
{
    static const char *const kinds[] = {"started", "done", "failed", "undone", "waiting", "moving"};
    struct bench *bench = context;
    size_t used = strlen(bench->events);
    snprintf(bench->events + used, sizeof bench->events - used, "%s %s%s%s\n",
             kinds[progress->kind], progress->key, progress->message ? ": " : "",
             progress->message ? progress->message : "");
}

static void put_operation(struct bench *bench)
{
    const struct operation operation = {.id = OPERATION,
                                        .subject_kind = "connection",
                                        .subject_id = SUBJECT,
                                        .subject_name = "corp",
                                        .action = "create",
                                        .request = "{}",
                                        .status = "Running",
                                        .principal = "test",
                                        .started_ms = 1};
    struct store *store = bench->store;
    struct error err = ERROR_INIT;
    ck_assert_msg(store->ops->begin(store, &err) == 0 &&
                      store->ops->operation_put(store, &operation, &err) == 0 &&
                      store->ops->commit(store, &err) == 0,
                  "%s", error_text(&err));
    struct lease_holder holder;
    ck_assert_int_eq(store->ops->lease_acquire(store, SUBJECT, OPERATION, 30000, &holder, &err), 0);
}

static bool watch_reads(struct fake *fake, const struct http_request *request,
                        struct fake_rule *rule)
{
    struct bench *bench = fake->context;
    if (bench->interrupt_at && strcmp(request->method, "GET") == 0 && --bench->interrupt_at == 0)
        bench->interrupted = 1;
    return false;
}

struct bench *bench_new(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    const struct arm_settings settings = {.authority = "https://login.test",
                                          .resource_manager = "https://arm.test",
                                          .no_pace = true,
                                          .poll_default_ms = 1000};
    struct error err = ERROR_INIT;
    bench->fake = fake_new(&settings);
    bench->store = store_open_memory(&bench->fake->clock, &err);
    ck_assert_msg(bench->store != NULL, "%s", error_text(&err));
    bench->fake->answer = watch_reads;
    bench->fake->context = bench;
    put_operation(bench);
    bench->run = (struct engine_run){.store = bench->store,
                                     .arm = bench->fake->arm,
                                     .loop = bench->fake->loop,
                                     .subject_id = SUBJECT,
                                     .operation_id = OPERATION,
                                     .credential = "main",
                                     .interrupted = &bench->interrupted,
                                     .progress = note,
                                     .progress_context = bench};
    return bench;
}

void bench_free(struct bench *bench)
{
    engine_result_clear(&bench->result);
    plan_free(bench->plan);
    bench->store->ops->close(bench->store);
    fake_free(bench->fake);
    free(bench);
}

struct fh_step put_step(const char *key, const char *path, const char *body)
{
    return (struct fh_step){.struct_size = sizeof(struct fh_step),
                            .key = key,
                            .path = path,
                            .api_version = VERSION,
                            .body = body ? body : "{}"};
}

void bench_plan(struct bench *bench, const struct fh_step *steps, size_t count)
{
    struct error err = ERROR_INIT;
    plan_free(bench->plan);
    bench->plan = plan_new();
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(plan_add(bench->plan, &steps[i], &err) == 0, "%s", error_text(&err));
    ck_assert_msg(plan_finish(bench->plan, &err) == 0, "%s", error_text(&err));
}

enum engine_end bench_apply(struct bench *bench)
{
    engine_result_clear(&bench->result);
    bench->events[0] = '\0';
    bench->run.plan = bench->plan;
    int result = engine_apply(&bench->run, &bench->result);
    ck_assert_int_eq(result, bench->result.end == ENGINE_SUCCEEDED ? 0 : -1);
    return bench->result.end;
}

static bool list_row(void *context, const struct journal_step *step)
{
    char *rows = context;
    size_t used = strlen(rows);
    snprintf(rows + used, 4096 - used, "%s %s\n", step->key, step->state);
    return true;
}

const char *bench_rows(struct bench *bench)
{
    static char rows[4096];
    rows[0] = '\0';
    const struct journal_filter filter = {.subject_id = SUBJECT};
    struct error err = ERROR_INIT;
    ck_assert_int_eq(bench->store->ops->journal_each(bench->store, &filter, list_row, rows, &err),
                     0);
    return rows;
}

struct state_of {
    const char *key;
    char state[32];
};

static bool find_state(void *context, const struct journal_step *step)
{
    struct state_of *wanted = context;
    if (strcmp(step->key, wanted->key) != 0)
        return true;
    snprintf(wanted->state, sizeof wanted->state, "%s", step->state);
    return false;
}

const char *bench_state(struct bench *bench, const char *key)
{
    static struct state_of wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.key = key;
    const struct journal_filter filter = {.subject_id = SUBJECT};
    ck_assert_int_eq(
        bench->store->ops->journal_each(bench->store, &filter, find_state, &wanted, NULL), 0);
    return wanted.state;
}

void bench_put_row(struct bench *bench, const struct journal_step *row)
{
    struct store *store = bench->store;
    struct error err = ERROR_INIT;
    ck_assert_msg(store->ops->begin(store, &err) == 0 &&
                      store->ops->journal_put(store, row, &err) == 0 &&
                      store->ops->commit(store, &err) == 0,
                  "%s", error_text(&err));
}

void bench_secret(struct bench *bench, const char *name, const char *value)
{
    struct store *store = bench->store;
    struct error err = ERROR_INIT;
    ck_assert_msg(store->ops->begin(store, &err) == 0 &&
                      store->ops->secret_put(store, SUBJECT, name, value, strlen(value), &err) ==
                          0 &&
                      store->ops->commit(store, &err) == 0,
                  "%s", error_text(&err));
}

int sent_at(const struct bench *bench, const char *method, const char *url, int n)
{
    for (size_t i = 0; i < bench->fake->request_count; i++) {
        const struct fake_request *request = &bench->fake->requests[i];
        if (strcmp(request->method, method) == 0 && strstr(request->url, url) && n-- == 0)
            return (int)i;
    }
    return -1;
}

size_t sent(const struct bench *bench, const char *method, const char *url)
{
    int count = 0;
    while (sent_at(bench, method, url, count) >= 0)
        count++;
    return (size_t)count;
}

const char *sent_body(const struct bench *bench, const char *method, const char *url, int n)
{
    int at = sent_at(bench, method, url, n);
    ck_assert_msg(at >= 0, "no %s %s was sent", method, url);
    return bench->fake->requests[at].body;
}

void answer(struct bench *bench, const char *method, const char *url, int times, int status,
            const char *body)
{
    fake_add(bench->fake,
             (struct fake_rule){
                 .method = method, .url = url, .times = times, .status = status, .body = body});
}

static void list_change(void *context, const struct change *change)
{
    static const char *const kinds[] = {"create", "update", "remove", "keep", "run"};
    char *lines = context;
    size_t used = strlen(lines);
    snprintf(lines + used, 4096 - used, "%s %s: %s\n", kinds[change->kind], change->key,
             change->why);
}

const char *bench_diff(struct bench *bench)
{
    static char lines[4096];
    lines[0] = '\0';
    struct error err = ERROR_INIT;
    ck_assert_msg(engine_diff(bench->store, SUBJECT, bench->plan, bench->diff_operation,
                              list_change, lines, &err) == 0,
                  "%s", error_text(&err));
    return lines;
}
