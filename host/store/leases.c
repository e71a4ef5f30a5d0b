/* SPDX-License-Identifier: Apache-2.0 */
/* Leases: one operation at a time per subject, whatever happens to the process that runs it. */
#include "store/internal.h"

#include <stdio.h>
#include <string.h>

struct lease {
    bool found;
    char operation[40];
    struct process process;
    int64_t expires_ms;
};

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static bool visit_lease(void *context, sqlite3_stmt *row)
{
    struct lease *lease = context;
    lease->found = true;
    copy_text(lease->operation, sizeof lease->operation, column_text(row, 0));
    copy_text(lease->process.host, sizeof lease->process.host, column_text(row, 1));
    copy_text(lease->process.boot, sizeof lease->process.boot, column_text(row, 2));
    lease->process.pid = sqlite3_column_int64(row, 3);
    lease->process.pid_space = sqlite3_column_int64(row, 4);
    lease->process.started = sqlite3_column_int64(row, 5);
    lease->expires_ms = sqlite3_column_int64(row, 6);
    return false;
}

static int read_lease(struct sqlite_store *store, const char *subject_id, struct lease *lease,
                      struct error *err)
{
    memset(lease, 0, sizeof *lease);
    sqlite3_stmt *statement =
        statement_take(store,
                       "SELECT operation, host, boot, pid, pid_space, pid_started, expires_ms"
                       " FROM lease WHERE subject_id = ?1",
                       err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, subject_id);
    return statement_visit(store, statement, visit_lease, lease, err);
}

static int write_lease(struct sqlite_store *store, const char *subject_id, const char *operation,
                       const struct process *process, int64_t expires_ms, struct error *err)
{
    sqlite3_stmt *statement = statement_take(
        store,
        "INSERT OR REPLACE INTO lease (subject_id, operation, host, boot, pid, pid_space,"
        " pid_started, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, subject_id);
    statement_bind_text(statement, 2, operation);
    statement_bind_text(statement, 3, process->host);
    statement_bind_text(statement, 4, process->boot);
    bind_number(statement, 5, process->pid);
    bind_number(statement, 6, process->pid_space);
    bind_number(statement, 7, process->started);
    bind_number(statement, 8, expires_ms);
    return statement_run(store, statement, err);
}

/* Most commands take no lease, so who we are is found out at the first. */
static const struct process *self_of(struct sqlite_store *store)
{
    if (!store->self.pid)
        process_self(&store->self);
    return &store->self;
}

static bool is_held(struct sqlite_store *store, const struct lease *lease)
{
    return lease->found && clock_wall(store->clock) < lease->expires_ms &&
           !process_is_gone(&lease->process, self_of(store));
}

static bool is_ours(const struct lease *lease, const char *operation, const struct process *self)
{
    return lease->found && strcmp(lease->operation, operation) == 0 &&
           process_is_same(&lease->process, self);
}

static void tell_holder(const struct lease *lease, struct lease_holder *holder)
{
    if (!holder)
        return;
    memset(holder, 0, sizeof *holder);
    copy_text(holder->operation, sizeof holder->operation, lease->operation);
    copy_text(holder->host, sizeof holder->host, lease->process.host);
    holder->pid = lease->process.pid;
    holder->expires_ms = lease->expires_ms;
}

static int acquire(struct sqlite_store *store, const char *subject_id, const char *operation,
                   int64_t ttl_ms, struct lease_holder *holder, struct error *err)
{
    struct lease lease;
    if (read_lease(store, subject_id, &lease, err) < 0)
        return -1;
    tell_holder(&lease, holder);
    if (!is_ours(&lease, operation, self_of(store)) && is_held(store, &lease))
        return error_set(err, ERROR_RETRY, NULL,
                         "operation %s is at work on it (process %lld on %s): wait for it with "
                         "`flexhost operation wait %s`, or cancel it",
                         lease.operation, (long long)lease.process.pid, lease.process.host,
                         lease.operation);
    return write_lease(store, subject_id, operation, self_of(store),
                       clock_wall(store->clock) + ttl_ms, err);
}

static int renew(struct sqlite_store *store, const char *subject_id, const char *operation,
                 int64_t ttl_ms, struct error *err)
{
    struct lease lease;
    if (read_lease(store, subject_id, &lease, err) < 0)
        return -1;
    /* One that expired while nobody took it over is as good as new. */
    if (is_ours(&lease, operation, self_of(store)))
        return write_lease(store, subject_id, operation, self_of(store),
                           clock_wall(store->clock) + ttl_ms, err);
    if (!lease.found)
        return error_set(err, ERROR_RETRY, NULL,
                         "operation %s has no lease any more: run `flexhost operation resume %s`",
                         operation, operation);
    return error_set(err, ERROR_RETRY, NULL,
                     "operation %s lost its lease to operation %s (process %lld on %s): see "
                     "`flexhost operation show %s`",
                     operation, lease.operation, (long long)lease.process.pid, lease.process.host,
                     lease.operation);
}

static int release(struct sqlite_store *store, const char *subject_id, const char *operation,
                   struct error *err)
{
    struct lease lease;
    if (read_lease(store, subject_id, &lease, err) < 0)
        return -1;
    if (!is_ours(&lease, operation, self_of(store)))
        return 0;
    sqlite3_stmt *statement = statement_take(store, "DELETE FROM lease WHERE subject_id = ?1", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, subject_id);
    return statement_run(store, statement, err);
}

int sqlite_lease_acquire(struct store *base, const char *subject_id, const char *operation,
                         int64_t ttl_ms, struct lease_holder *holder, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    bool own = false;
    if (transaction_own(store, &own, err) < 0)
        return -1;
    int result = acquire(store, subject_id, operation, ttl_ms, holder, err);
    return transaction_own_end(store, own, result, err);
}

int sqlite_lease_renew(struct store *base, const char *subject_id, const char *operation,
                       int64_t ttl_ms, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    bool own = false;
    if (transaction_own(store, &own, err) < 0)
        return -1;
    return transaction_own_end(store, own, renew(store, subject_id, operation, ttl_ms, err), err);
}

int sqlite_lease_release(struct store *base, const char *subject_id, const char *operation,
                         struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    bool own = false;
    if (transaction_own(store, &own, err) < 0)
        return -1;
    return transaction_own_end(store, own, release(store, subject_id, operation, err), err);
}

int sqlite_lease_query(struct store *base, const char *subject_id, bool *held,
                       struct lease_holder *holder, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    struct lease lease;
    *held = false;
    if (read_lease(store, subject_id, &lease, err) < 0)
        return -1;
    tell_holder(&lease, holder);
    *held = is_held(store, &lease);
    return 0;
}
