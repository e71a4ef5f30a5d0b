/* SPDX-License-Identifier: Apache-2.0 */
/* When SQLite folds its write-ahead log into the database: that costs two fsyncs, which a commit
 * that somebody waits for should not pay beside its own. */
#include "store/internal.h"

enum {
    PAGES_WORTH_IT = 1000,
    PAGES_MOST = 20000 /* of 4 KiB: nobody tidies, so a commit has to */
};

static void fold(struct sqlite_store *store)
{
    /* Readers of other processes may keep some of it: the next time is soon enough. */
    sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    store->log_pages = 0;
}

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *store = context;
    store->log_pages = pages;
    if (pages >= PAGES_MOST)
        fold(store);
    return SQLITE_OK;
}

void log_watch(struct sqlite_store *store)
{
    sqlite3_wal_hook(store->db, on_commit, store);
}

void sqlite_tidy(struct store *base)
{
    struct sqlite_store *store = sqlite_of(base);
    if (store->log_pages >= PAGES_WORTH_IT && !store->in_transaction && !store->visiting)
        fold(store);
}
