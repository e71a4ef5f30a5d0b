/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: all of a batch, or nothing of it. */
#include "store/internal.h"

#include <unistd.h>

static int run(struct sqlite_store *store, const char *sql, struct error *err)
{
    sqlite3_stmt *statement = statement_take(store, sql, err);
    return statement ? statement_run(store, statement, err) : -1;
}

int sqlite_begin(struct store *base, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    if (store->opener != getpid())
        return error_set(err, ERROR_FAILED, NULL,
                         "%s was opened before a fork: a child process must open it anew",
                         store->path);
    if (store->in_transaction)
        return error_set(err, ERROR_FAILED, NULL, "a transaction on %s is already open",
                         store->path);
    /* A reader's snapshot may be old by now; SQLite would refuse the write only then. */
    if (store->visiting)
        return error_set(err, ERROR_FAILED, NULL,
                         "a visitor of %s must not change it: collect first, then change",
                         store->path);
    if (run(store, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    store->in_transaction = true;
    store->spoiled = false;
    return 0;
}

int sqlite_commit(struct store *base, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    if (transaction_required(store, err) < 0) {
        sqlite_rollback(base);
        return -1;
    }
    if (run(store, "COMMIT", err) < 0) {
        sqlite_rollback(base);
        return -1;
    }
    store->in_transaction = false;
    return 0;
}

void sqlite_rollback(struct store *base)
{
    struct sqlite_store *store = sqlite_of(base);
    store->in_transaction = false;
    if (store->opener == getpid() && !sqlite3_get_autocommit(store->db))
        run(store, "ROLLBACK", NULL);
}

int transaction_required(struct sqlite_store *store, struct error *err)
{
    if (!store->in_transaction)
        return error_set(err, ERROR_FAILED, NULL, "a change of %s needs a transaction",
                         store->path);
    /* SQLite rolls everything back after some failures (a full disk), not after others: the rest of
     * the batch must not be written as if nothing had happened. */
    if (store->spoiled || sqlite3_get_autocommit(store->db))
        return error_set(
            err, ERROR_FAILED, NULL,
            "an earlier write to %s failed: its transaction is void and is rolled back",
            store->path);
    return 0;
}

int transaction_own(struct sqlite_store *store, bool *own, struct error *err)
{
    *own = !store->in_transaction;
    return *own ? sqlite_begin(&store->base, err) : transaction_required(store, err);
}

int transaction_own_end(struct sqlite_store *store, bool own, int result, struct error *err)
{
    if (!own)
        return result;
    if (result == 0)
        return sqlite_commit(&store->base, err);
    sqlite_rollback(&store->base);
    return result;
}
