/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: each step as intended, as accepted, as it is. */
#include "store/internal.h"

#include <stdio.h>
#include <stdlib.h>

struct journal_visit {
    journal_fn *visit;
    void *context;
};

static bool visit_step(void *context, sqlite3_stmt *row)
{
    const struct journal_visit *to = context;
    const struct journal_step step = {
        .subject_id = column_text(row, 0),
        .key = column_text(row, 1),
        .sequence = sqlite3_column_int64(row, 2),
        .state = column_text(row, 3),
        .digest = column_text(row, 4),
        .method = column_text(row, 5),
        .path = column_text(row, 6),
        .api_version = column_text(row, 7),
        .credential = column_text(row, 8),
        .undo = column_text(row, 9),
        .after = column_text(row, 10),
        .outputs = column_text(row, 11),
        .poll = column_text(row, 12),
        .error = column_text(row, 13),
        .title = column_text(row, 14),
        .part = column_text(row, 15),
        .operation = column_text(row, 16),
        .ownership = sqlite3_column_int64(row, 17),
        .flags = sqlite3_column_int64(row, 18),
        .alternative = sqlite3_column_int64(row, 19),
        .attempts = sqlite3_column_int64(row, 20),
        .updated_ms = sqlite3_column_int64(row, 21),
    };
    return to->visit(to->context, &step);
}

static void bind_step(sqlite3_stmt *statement, const struct journal_step *step)
{
    statement_bind_text(statement, 1, step->subject_id);
    statement_bind_text(statement, 2, step->key);
    bind_number(statement, 3, step->sequence);
    statement_bind_text(statement, 4, step->state);
    statement_bind_text(statement, 5, step->digest);
    statement_bind_text(statement, 6, step->method);
    statement_bind_text(statement, 7, step->path);
    statement_bind_text(statement, 8, step->api_version);
    statement_bind_text(statement, 9, step->credential);
    statement_bind_text(statement, 10, step->undo);
    statement_bind_text(statement, 11, step->after);
    statement_bind_text(statement, 12, step->outputs);
    statement_bind_text(statement, 13, step->poll);
    statement_bind_text(statement, 14, step->error);
    statement_bind_text(statement, 15, step->title);
    statement_bind_text(statement, 16, step->part);
    statement_bind_text(statement, 17, step->operation);
    bind_number(statement, 18, step->ownership);
    bind_number(statement, 19, step->flags);
    bind_number(statement, 20, step->alternative);
    bind_number(statement, 21, step->attempts);
    bind_number(statement, 22, step->updated_ms);
}

int sqlite_journal_put(struct store *base, const struct journal_step *step, struct error *err)
{
    static const char sql[] =
        "INSERT INTO step (subject_id, key, sequence, state, digest, method, path, api_version,"
        " credential, undo, after, outputs, poll, error, title, part, operation, ownership, flags,"
        " alternative, attempts, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)"
        " ON CONFLICT (subject_id, key) DO UPDATE SET sequence = excluded.sequence,"
        " state = excluded.state, digest = excluded.digest, method = excluded.method,"
        " path = excluded.path, api_version = excluded.api_version,"
        " credential = excluded.credential, undo = excluded.undo, after = excluded.after,"
        " outputs = excluded.outputs, poll = excluded.poll, error = excluded.error,"
        " title = excluded.title, part = excluded.part, operation = excluded.operation,"
        " ownership = excluded.ownership, flags = excluded.flags,"
        " alternative = excluded.alternative, attempts = excluded.attempts,"
        " updated_ms = excluded.updated_ms";
    struct sqlite_store *store = sqlite_of(base);
    if (transaction_required(store, err) < 0)
        return -1;
    sqlite3_stmt *statement = statement_take(store, sql, err);
    if (!statement)
        return -1;
    bind_step(statement, step);
    return statement_run(store, statement, err);
}

int sqlite_journal_delete(struct store *base, const char *subject_id, const char *key,
                          struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    if (transaction_required(store, err) < 0)
        return -1;
    sqlite3_stmt *statement =
        statement_take(store, "DELETE FROM step WHERE subject_id = ?1 AND key = ?2", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, subject_id);
    statement_bind_text(statement, 2, key);
    return statement_run(store, statement, err);
}

int sqlite_journal_each(struct store *base, const struct journal_filter *filter, journal_fn *visit,
                        void *context, struct error *err)
{
    const char *prefix = filter->key_prefix && *filter->key_prefix ? filter->key_prefix : NULL;
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT subject_id, key, sequence, state, digest, method, path, api_version,"
             " credential, undo, after, outputs, poll, error, title, part, operation, ownership,"
             " flags, alternative, attempts, updated_ms FROM step WHERE true%s%s"
             " ORDER BY subject_id, sequence, key",
             filter->subject_id ? " AND subject_id = ?1" : "",
             prefix ? " AND key >= ?2 AND key < ?3" : "");
    char *end = NULL;
    if (prefix && !(end = prefix_end(prefix)))
        return error_no_memory(err);
    struct sqlite_store *store = sqlite_of(base);
    sqlite3_stmt *statement = statement_take(store, sql, err);
    int result = -1;
    if (statement) {
        statement_bind_text(statement, 1, filter->subject_id);
        statement_bind_text(statement, 2, prefix);
        statement_bind_text(statement, 3, end);
        struct journal_visit to = {visit, context};
        result = statement_visit(store, statement, visit_step, &to, err);
    }
    free(end);
    return result;
}
