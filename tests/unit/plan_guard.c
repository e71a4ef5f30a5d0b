/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the engine's store and wire. */
#include "plan_guard.h"

#include <check.h>
#include <string.h>

static struct guard *guard_of(struct store *store)
{
    return (struct guard *)store;
}

/* ---- the store ---- */

static int guard_begin(struct store *store, struct error *err)
{
    struct guard *guard = guard_of(store);
    guard->open = guard->real->ops->begin(guard->real, err) == 0;
    return guard->open ? 0 : -1;
}

static int guard_commit(struct store *store, struct error *err)
{
    struct guard *guard = guard_of(store);
    bool fails = guard->fail_at && ++guard->commits >= guard->fail_at;
    guard->commits += !guard->fail_at;
    guard->open = false;
    ck_assert_msg(++guard->commits_of_turn <= 1, "two commits in a turn");
    if (fails && !guard->fails_late) {
        guard->real->ops->rollback(guard->real);
        return error_set(err, ERROR_FAILED, NULL, "the disk is full");
    }
    int result = guard->real->ops->commit(guard->real, err);
    if (fails)
        guard->fail_at = 1;
    return fails ? error_set(err, ERROR_FAILED, NULL, "the disk is full") : result;
}

static void guard_rollback(struct store *store)
{
    struct guard *guard = guard_of(store);
    guard->open = false;
    guard->real->ops->rollback(guard->real);
}

static int guard_operation_put(struct store *store, const struct operation *operation,
                               struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->operation_put(real, operation, err);
}

static int guard_operation_each(struct store *store, const struct operation_filter *filter,
                                operation_fn *fn, void *context, struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->operation_each(real, filter, fn, context, err);
}

static int guard_cancel_requested(struct store *store, const char *id, bool *requested,
                                  struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->operation_cancel_requested(real, id, requested, err);
}

static int guard_journal_put(struct store *store, const struct journal_step *row, struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->journal_put(real, row, err);
}

static int guard_journal_delete(struct store *store, const char *subject, const char *key,
                                struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->journal_delete(real, subject, key, err);
}

static int guard_journal_each(struct store *store, const struct journal_filter *filter,
                              journal_fn *fn, void *context, struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->journal_each(real, filter, fn, context, err);
}

static int guard_lease_renew(struct store *store, const char *subject, const char *operation,
                             int64_t ttl_ms, struct error *err)
{
    struct guard *guard = guard_of(store);
    if (++guard->renewals >= guard->lease_lost_at && guard->lease_lost_at)
        return error_set(err, ERROR_RETRY, NULL, "another has the lease");
    return guard->real->ops->lease_renew(guard->real, subject, operation, ttl_ms, err);
}

static int guard_secret_get(struct store *store, const char *owner, const char *name, char **value,
                            size_t *length, int64_t *version, struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->secret_get(real, owner, name, value, length, version, err);
}

static int guard_secret_version(struct store *store, const char *owner, const char *name,
                                int64_t *version, struct error *err)
{
    struct store *real = guard_of(store)->real;
    return real->ops->secret_version(real, owner, name, version, err);
}

/* ---- the wire ---- */

struct intent_search {
    const char *path;
    size_t length;
    bool found;
};

static bool search_intent(void *context, const struct journal_step *row)
{
    struct intent_search *search = context;
    bool own =
        strcmp(row->state, "intent") == 0 && strncmp(row->path, search->path, search->length) == 0;
    bool undo = strcmp(row->state, "undo-intent") == 0 &&
                (strncmp(row->path, search->path, search->length) == 0 ||
                 (row->undo && memmem(row->undo, strlen(row->undo), search->path, search->length)));
    search->found = own || undo;
    return !search->found;
}

static void require_intent(struct guard *guard, const struct http_request *request)
{
    static const char base[] = "https://arm.test";
    ck_assert_msg(!guard->open, "%s %s left within a transaction", request->method, request->url);
    if (strcmp(request->method, "GET") == 0 || strncmp(request->url, base, sizeof base - 1) != 0)
        return;
    const char *path = request->url + sizeof base - 1;
    struct intent_search search = {path, strcspn(path, "?"), false};
    const struct journal_filter filter = {.subject_id = SUBJECT};
    guard->real->ops->journal_each(guard->real, &filter, search_intent, &search, NULL);
    ck_assert_msg(search.found, "%s %s left without an intent", request->method, request->url);
}

static bool guard_answer(struct fake *fake, const struct http_request *request,
                         struct fake_rule *rule)
{
    struct guard *guard = fake->context;
    require_intent(guard, request);
    if (++guard->requests == guard->interrupt_at)
        guard->bench->interrupted = 1;
    return guard->world && world_answer(guard->world, request, rule);
}

static void guard_wait(struct transport *transport, int64_t timeout_ms)
{
    struct guard *guard = ((struct fake *)transport)->context;
    guard->commits_of_turn = 0;
    guard->real_transport->wait(transport, timeout_ms);
}

void guard_bench(struct guard *guard, struct bench *bench, struct world *world)
{
    struct fake *fake = bench->fake;
    guard->real = bench->store;
    guard->bench = bench;
    guard->world = world;
    guard->store_ops = (struct store_ops){.begin = guard_begin,
                                          .commit = guard_commit,
                                          .rollback = guard_rollback,
                                          .operation_put = guard_operation_put,
                                          .operation_each = guard_operation_each,
                                          .operation_cancel_requested = guard_cancel_requested,
                                          .journal_put = guard_journal_put,
                                          .journal_delete = guard_journal_delete,
                                          .journal_each = guard_journal_each,
                                          .lease_renew = guard_lease_renew,
                                          .secret_get = guard_secret_get,
                                          .secret_version = guard_secret_version};
    guard->store.ops = &guard->store_ops;
    bench->run.store = &guard->store;
    guard->real_transport = fake->transport.ops;
    guard->transport_ops = *fake->transport.ops;
    guard->transport_ops.wait = guard_wait;
    fake->transport.ops = &guard->transport_ops;
    fake->answer = guard_answer;
    fake->context = guard;
}

void guard_leave(struct guard *guard)
{
    struct fake *fake = guard->bench->fake;
    guard->bench->run.store = guard->real;
    fake->transport.ops = guard->real_transport;
    fake->answer = NULL;
    fake->context = NULL;
}
