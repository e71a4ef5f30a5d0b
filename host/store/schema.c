/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, and how an older database becomes a current one. */
#include "store/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Step n brings schema n to n + 1. A step that was released is never changed: add one. */
static const char *const schema_steps[] = {
    "CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"

    "CREATE TABLE record ("
    " id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE,"
    " type TEXT, subscription TEXT, region TEXT, status TEXT, operation TEXT,"
    " data TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX record_by_name ON record (kind, name);"

    "CREATE TABLE operation ("
    " id TEXT PRIMARY KEY NOT NULL, subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL,"
    " subject_name TEXT, action TEXT NOT NULL, request TEXT, status TEXT NOT NULL, error TEXT,"
    " principal TEXT, counts TEXT, started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL,"
    " steps_total INTEGER NOT NULL, steps_done INTEGER NOT NULL,"
    " cancel_requested INTEGER NOT NULL) STRICT;"
    "CREATE INDEX operation_by_start ON operation (started_ms, id);"
    "CREATE INDEX operation_by_subject ON operation (subject_id, started_ms, id);"

    /* Without rowid and with no other index: each step is written three times and more, read once
     * an operation, and who reads across subjects wants most of what is there. */
    "CREATE TABLE step ("
    " subject_id TEXT NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL,"
    " state TEXT NOT NULL, digest TEXT, method TEXT, path TEXT, api_version TEXT, credential TEXT,"
    " undo TEXT, after TEXT, outputs TEXT, poll TEXT, error TEXT, title TEXT, part TEXT,"
    " operation TEXT, ownership INTEGER NOT NULL, flags INTEGER NOT NULL,"
    " alternative INTEGER NOT NULL, attempts INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    " PRIMARY KEY (subject_id, key)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE lease ("
    " subject_id TEXT PRIMARY KEY NOT NULL, operation TEXT NOT NULL, host TEXT NOT NULL,"
    " boot TEXT NOT NULL, pid INTEGER NOT NULL, pid_space INTEGER NOT NULL,"
    " pid_started INTEGER NOT NULL, expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE secret ("
    " owner TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL,"
    " PRIMARY KEY (owner, name)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE audit ("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, principal TEXT,"
    " command TEXT NOT NULL, subject TEXT, result TEXT NOT NULL, operation TEXT) STRICT;"
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit"
    " BEGIN SELECT raise(ABORT, 'the audit log can only be appended to'); END;"
    "CREATE TRIGGER audit_keeps BEFORE DELETE ON audit"
    " BEGIN SELECT raise(ABORT, 'the audit log can only be appended to'); END;"
    /* INSERT OR REPLACE deletes without asking a DELETE trigger. */
    "CREATE TRIGGER audit_appends BEFORE INSERT ON audit"
    " WHEN EXISTS (SELECT 1 FROM audit WHERE sequence = new.sequence)"
    " BEGIN SELECT raise(ABORT, 'the audit log can only be appended to'); END;",
};

enum { SCHEMA = sizeof schema_steps / sizeof schema_steps[0] };

static int execute(struct sqlite_store *store, const char *sql, struct error *err)
{
    int result = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? 0 : sqlite_failed(store, result, err);
}

static int read_number(struct sqlite_store *store, const char *sql, int64_t *number,
                       struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return result == SQLITE_ROW ? 0 : sqlite_failed(store, result, err);
}

static int copy_value(void *context, int count, char **values, char **names)
{
    char **copy = context;
    *copy = values[0] ? strdup(values[0]) : NULL;
    return *copy ? 0 : -1;
}

int meta_get(struct sqlite_store *store, const char *name, char **value, struct error *err)
{
    *value = NULL;
    sqlite3_stmt *statement = statement_take(store, "SELECT value FROM meta WHERE name = ?1", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, name);
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        const char *text = column_text(statement, 0);
        *value = text ? strdup(text) : NULL;
        result = *value ? SQLITE_DONE : SQLITE_NOMEM;
    }
    if (result != SQLITE_DONE)
        sqlite_failed(store, result, err);
    statement_give(store, statement);
    return result == SQLITE_DONE ? 0 : -1;
}

int meta_put(struct sqlite_store *store, const char *name, const char *value, struct error *err)
{
    sqlite3_stmt *statement =
        statement_take(store, "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, name);
    statement_bind_text(statement, 2, value);
    return statement_run(store, statement, err);
}

/* From the clock's chance, so that a simulated installation has the same name in each replay. */
static void name_installation(struct clock *clock, char name[STORE_INSTALLATION + 1])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (int i = 0; i < STORE_INSTALLATION; i++)
        name[i] = letters[clock_random(clock) % (sizeof letters - 1)];
    name[STORE_INSTALLATION] = '\0';
}

static int migrate_from(struct sqlite_store *store, int64_t version, struct error *err)
{
    for (int64_t step = version; step < SCHEMA; step++)
        if (execute(store, schema_steps[step], err) < 0)
            return -1;
    char header[128];
    snprintf(header, sizeof header, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             STORE_APPLICATION_ID, (int)SCHEMA);
    if (execute(store, header, err) < 0)
        return -1;
    if (version > 0)
        return 0;
    char installation[STORE_INSTALLATION + 1];
    name_installation(store->clock, installation);
    return meta_put(store, "installation", installation, err);
}

/* Refuses files that are another program's, or that a newer flexhost has changed. */
static int read_version(struct sqlite_store *store, int64_t *version, struct error *err)
{
    int64_t application = 0;
    int64_t tables = 0;
    if (read_number(store, "PRAGMA application_id", &application, err) < 0 ||
        read_number(store, "PRAGMA user_version", version, err) < 0)
        return -1;
    bool fresh = application == 0 && *version == 0;
    if (fresh && read_number(store, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
        return -1;
    if ((!fresh && application != STORE_APPLICATION_ID) || tables > 0 || *version < 0)
        return error_set(err, ERROR_USAGE, NULL,
                         "%s is a database of another program: name another folder, or move the "
                         "file away",
                         store->path);
    if (*version > SCHEMA)
        return error_set(err, ERROR_USAGE, NULL,
                         "%s has schema %lld of a newer flexhost, this one knows schemas up to %d: "
                         "run the newer program, or restore a backup from before its first run",
                         store->path, (long long)*version, (int)SCHEMA);
    return 0;
}

static int use_write_ahead_log(struct sqlite_store *store, struct error *err)
{
    char *mode = NULL;
    int result = sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", copy_value, &mode, NULL);
    bool wal = mode && strcmp(mode, "wal") == 0;
    free(mode);
    if (result != SQLITE_OK)
        return sqlite_failed(store, result, err);
    if (!wal)
        return error_set(err, ERROR_USAGE, NULL,
                         "the file system of %s has no shared memory (a network disk?): "
                         "keep the state on a local disk",
                         store->path);
    return 0;
}

static int migrate(struct sqlite_store *store, struct error *err)
{
    int64_t version = 0;
    if (sqlite_begin(&store->base, err) < 0)
        return -1;
    if (read_version(store, &version, err) < 0 ||
        (version < SCHEMA && migrate_from(store, version, err) < 0)) {
        sqlite_rollback(&store->base);
        return -1;
    }
    return sqlite_commit(&store->base, err);
}

int schema_ensure(struct sqlite_store *store, const char *folder, struct error *err)
{
    int64_t version = 0;
    if (read_version(store, &version, err) < 0)
        return -1;
    if (version == SCHEMA)
        return 0;
    if (!folder)
        return migrate(store, err);
    /* Two first runs at once: changing to WAL needs the file alone and does not wait for it, so
     * the others wait at the folder. */
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) < 0) {
        if (lock >= 0)
            close(lock);
        return sqlite_failed(store, SQLITE_CANTOPEN, err);
    }
    int failed = use_write_ahead_log(store, err) < 0 || migrate(store, err) < 0;
    close(lock);
    return failed ? -1 : 0;
}
