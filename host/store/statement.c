/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared statements: made once, bound, run, given back; and what SQLite's failures mean. */
#include "store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int disk_failed(struct sqlite_store *store, int result, struct error *err)
{
    int reason = sqlite3_system_errno(store->db);
    if (result == SQLITE_FULL || reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        return error_set(err, ERROR_FAILED, NULL,
                         "the disk of %s is full: make room on it (or raise the quota) and run the "
                         "command again; what was recorded before is intact",
                         store->path);
    /* At a commit SQLite does not keep the reason. */
    if (!reason && (result == SQLITE_IOERR_WRITE || result == SQLITE_IOERR_SHMSIZE))
        return error_set(
            err, ERROR_FAILED, NULL,
            "cannot write %s: its disk, a quota or the limit of file sizes is full, or "
            "the disk fails: make room and run the command again; what was recorded "
            "before is intact",
            store->path);
    return error_set(err, ERROR_FAILED, NULL,
                     "cannot read or write %s: %s: see to its disk and run the command again",
                     store->path, reason ? strerror(reason) : sqlite3_errstr(result));
}

int sqlite_failed(struct sqlite_store *store, int result, struct error *err)
{
    switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, ERROR_RETRY, NULL,
                         "%s is locked by another process for longer than %d s: run the command "
                         "again, or find that process with `fuser %s`",
                         store->path, STORE_BUSY_MS / 1000, store->path);
    case SQLITE_FULL:
    case SQLITE_IOERR:
        if (result == SQLITE_IOERR_NOMEM)
            return error_no_memory(err);
        return disk_failed(store, result, err);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
        return error_set(err, ERROR_FAILED, NULL,
                         "cannot open %s for writing: its folder and file must be writable for the "
                         "user that runs flexhost, on a disk that is not mounted read-only",
                         store->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(err, ERROR_FAILED, NULL,
                         "%s is damaged or not a database (%s): restore it from a backup, or move "
                         "it away to begin with an empty one",
                         store->path, sqlite3_errstr(result));
    case SQLITE_NOMEM:
        return error_no_memory(err);
    default:
        return error_set(err, ERROR_FAILED, NULL, "%s: %s", store->path, sqlite3_errmsg(store->db));
    }
}

sqlite3_stmt *statement_take(struct sqlite_store *store, const char *sql, struct error *err)
{
    bool known = false;
    for (size_t i = 0; i < store->cached && !known; i++)
        if (strcmp(sqlite3_sql(store->cache[i]), sql) == 0) {
            known = true;
            if (!sqlite3_stmt_busy(store->cache[i]))
                return store->cache[i];
        }
    bool keep = !known && store->cached < STORE_CACHED_STATEMENTS;
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v3(store->db, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0,
                                    &statement, NULL);
    if (result != SQLITE_OK) {
        sqlite_failed(store, result, err);
        return NULL;
    }
    if (keep)
        store->cache[store->cached++] = statement;
    return statement;
}

void statement_give(struct sqlite_store *store, sqlite3_stmt *statement)
{
    for (size_t i = 0; i < store->cached; i++)
        if (store->cache[i] == statement) {
            sqlite3_reset(statement);
            sqlite3_clear_bindings(statement);
            return;
        }
    sqlite3_finalize(statement);
}

/* Static text is bound without memory; only one over SQLite's limit of 1 GB is refused, and then
 * bound as NULL. */
void statement_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

void bind_number(sqlite3_stmt *statement, int index, int64_t number)
{
    sqlite3_bind_int64(statement, index, number);
}

const char *column_text(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

int statement_run(struct sqlite_store *store, sqlite3_stmt *statement, struct error *err)
{
    int result = sqlite3_step(statement);
    while (result == SQLITE_ROW)
        result = sqlite3_step(statement);
    if (result != SQLITE_DONE) {
        sqlite_failed(store, result, err);
        /* A value that is refused touched nothing, and the caller may go on. */
        store->spoiled |= (result & 0xff) != SQLITE_CONSTRAINT;
    }
    statement_give(store, statement);
    return result == SQLITE_DONE ? 0 : -1;
}

/* Reading a text can need memory; afterwards reading it again cannot fail. */
static bool row_is_readable(sqlite3_stmt *row)
{
    for (int i = 0; i < sqlite3_column_count(row); i++)
        if (sqlite3_column_type(row, i) == SQLITE_TEXT && !sqlite3_column_text(row, i))
            return false;
    return true;
}

int statement_visit(struct sqlite_store *store, sqlite3_stmt *statement, row_fn *visit,
                    void *context, struct error *err)
{
    int result;
    bool more = true;
    store->visiting++;
    while (more && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!row_is_readable(statement)) {
            result = SQLITE_NOMEM;
            break;
        }
        more = visit(context, statement);
    }
    store->visiting--;
    bool failed = more && result != SQLITE_DONE;
    if (failed)
        sqlite_failed(store, result, err);
    statement_give(store, statement);
    return failed ? -1 : 0;
}

char *prefix_end(const char *prefix)
{
    char *end = strdup(prefix);
    size_t length = end ? strlen(end) : 0;
    while (length > 0 && (unsigned char)end[length - 1] == 0xff)
        end[--length] = '\0';
    if (length > 0)
        end[length - 1] = (char)((unsigned char)end[length - 1] + 1);
    return end;
}
