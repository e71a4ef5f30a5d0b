/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite store share; nobody else includes it but its tests. */
#ifndef FLEXHOST_STORE_INTERNAL_H
#define FLEXHOST_STORE_INTERNAL_H

#include "store/process.h"
#include "store/seal.h"
#include "store/store.h"

#include <sqlite3.h>
#include <sys/types.h>

enum {
    STORE_APPLICATION_ID = 0x666c7868, /* "flxh", in the file's header */
    STORE_BUSY_MS = 5000,              /* how long another process's transaction is waited for */
    STORE_CACHED_STATEMENTS = 64,
    STORE_INSTALLATION = 6 /* characters */
};

struct sqlite_store {
    struct store base; /* first: a struct store * is cast to this */
    struct clock *clock;
    sqlite3 *db;
    char *path;     /* of the database, for messages */
    char *key_path; /* of the key of secrets; NULL: memory_key is the key */
    unsigned char memory_key[SEAL_KEY];
    char installation[STORE_INSTALLATION + 1];
    pid_t opener;        /* SQLite does not survive a fork */
    struct process self; /* pid 0: not asked for yet */
    int visiting;        /* visitors under way */
    bool in_transaction;
    bool spoiled;  /* a write of the transaction failed: it must not be committed in part */
    int log_pages; /* of the write-ahead log, since it was last folded into the database */
    size_t cached;
    sqlite3_stmt *cache[STORE_CACHED_STATEMENTS];
};

static inline struct sqlite_store *sqlite_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* log.c: the write-ahead log is folded into the database between turns, not within a commit. */
void log_watch(struct sqlite_store *store);
void sqlite_tidy(struct store *base);

/* statement.c: prepared statements are made at first use and kept. */

/* Says what SQLite's result means for the operator, and the mend. Returns -1. */
int sqlite_failed(struct sqlite_store *store, int result, struct error *err);
/* Never one that is being stepped, so that visitors may ask the store; NULL: err is set. */
sqlite3_stmt *statement_take(struct sqlite_store *store, const char *sql, struct error *err);
void statement_give(struct sqlite_store *store, sqlite3_stmt *statement);
/* NULL text binds NULL. What is bound must live until statement_give(). */
void statement_bind_text(sqlite3_stmt *statement, int index, const char *text);
void bind_number(sqlite3_stmt *statement, int index, int64_t number);
const char *column_text(sqlite3_stmt *row, int column);
/* Runs a statement to its end and gives it back. */
int statement_run(struct sqlite_store *store, sqlite3_stmt *statement, struct error *err);
/* Calls visit for each row until it returns false, and gives the statement back. */
typedef bool row_fn(void *context, sqlite3_stmt *row);
int statement_visit(struct sqlite_store *store, sqlite3_stmt *statement, row_fn *visit,
                    void *context, struct error *err);
/* The least text that sorts behind all that begin with prefix; NULL without memory. */
char *prefix_end(const char *prefix);

/* transaction.c */

int sqlite_begin(struct store *store, struct error *err);
int sqlite_commit(struct store *store, struct error *err);
void sqlite_rollback(struct store *store);
/* For a mutation that the caller must have begun a transaction for. */
int transaction_required(struct sqlite_store *store, struct error *err);
/* For a call that commits by itself; in the caller's transaction it takes part in that. */
int transaction_own(struct sqlite_store *store, bool *own, struct error *err);
int transaction_own_end(struct sqlite_store *store, bool own, int result, struct error *err);

/* schema.c */

/* Brings a database that was just opened to the schema of this program. */
int schema_ensure(struct sqlite_store *store, const char *folder, struct error *err);
/* *value is NULL when there is none; the caller frees it. */
int meta_get(struct sqlite_store *store, const char *name, char **value, struct error *err);
int meta_put(struct sqlite_store *store, const char *name, const char *value, struct error *err);

/* The rest of struct store_ops, a file each. */

int sqlite_record_put(struct store *store, const struct record *record, struct error *err);
int sqlite_record_delete(struct store *store, const char *kind, const char *id, struct error *err);
int sqlite_record_each(struct store *store, const struct record_filter *filter, record_fn *visit,
                       void *context, struct error *err);

int sqlite_operation_put(struct store *store, const struct operation *operation, struct error *err);
int sqlite_operation_each(struct store *store, const struct operation_filter *filter,
                          operation_fn *visit, void *context, struct error *err);
int sqlite_operation_request_cancel(struct store *store, const char *id, struct error *err);
int sqlite_operation_cancel_requested(struct store *store, const char *id, bool *requested,
                                      struct error *err);

int sqlite_journal_put(struct store *store, const struct journal_step *step, struct error *err);
int sqlite_journal_delete(struct store *store, const char *subject_id, const char *key,
                          struct error *err);
int sqlite_journal_each(struct store *store, const struct journal_filter *filter, journal_fn *visit,
                        void *context, struct error *err);

int sqlite_lease_acquire(struct store *store, const char *subject_id, const char *operation,
                         int64_t ttl_ms, struct lease_holder *holder, struct error *err);
int sqlite_lease_renew(struct store *store, const char *subject_id, const char *operation,
                       int64_t ttl_ms, struct error *err);
int sqlite_lease_release(struct store *store, const char *subject_id, const char *operation,
                         struct error *err);
int sqlite_lease_query(struct store *store, const char *subject_id, bool *held,
                       struct lease_holder *holder, struct error *err);

int sqlite_secret_put(struct store *store, const char *owner, const char *name, const char *value,
                      size_t length, struct error *err);
int sqlite_secret_get(struct store *store, const char *owner, const char *name, char **value,
                      size_t *length, int64_t *version, struct error *err);
int sqlite_secret_version(struct store *store, const char *owner, const char *name,
                          int64_t *version, struct error *err);
int sqlite_secret_delete_all(struct store *store, const char *owner, struct error *err);

int sqlite_audit_append(struct store *store, const struct audit_entry *entry, struct error *err);
int sqlite_audit_each(struct store *store, int64_t limit, audit_fn *visit, void *context,
                      struct error *err);

#endif
