/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: what was asked for, how far it is, how it ended. */
#include "store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST_PREFIX = 8 };

struct operation_visit {
    operation_fn *visit;
    void *context;
};

static bool visit_operation(void *context, sqlite3_stmt *row)
{
    const struct operation_visit *to = context;
    const struct operation operation = {
        .id = column_text(row, 0),
        .subject_kind = column_text(row, 1),
        .subject_id = column_text(row, 2),
        .subject_name = column_text(row, 3),
        .action = column_text(row, 4),
        .request = column_text(row, 5),
        .status = column_text(row, 6),
        .error = column_text(row, 7),
        .principal = column_text(row, 8),
        .counts = column_text(row, 9),
        .started_ms = sqlite3_column_int64(row, 10),
        .finished_ms = sqlite3_column_int64(row, 11),
        .steps_total = sqlite3_column_int64(row, 12),
        .steps_done = sqlite3_column_int64(row, 13),
        .cancel_requested = sqlite3_column_int(row, 14) != 0,
    };
    return to->visit(to->context, &operation);
}

static void bind_operation(sqlite3_stmt *statement, const struct operation *operation)
{
    statement_bind_text(statement, 1, operation->id);
    statement_bind_text(statement, 2, operation->subject_kind);
    statement_bind_text(statement, 3, operation->subject_id);
    statement_bind_text(statement, 4, operation->subject_name);
    statement_bind_text(statement, 5, operation->action);
    statement_bind_text(statement, 6, operation->request);
    statement_bind_text(statement, 7, operation->status);
    statement_bind_text(statement, 8, operation->error);
    statement_bind_text(statement, 9, operation->principal);
    statement_bind_text(statement, 10, operation->counts);
    bind_number(statement, 11, operation->started_ms);
    bind_number(statement, 12, operation->finished_ms);
    bind_number(statement, 13, operation->steps_total);
    bind_number(statement, 14, operation->steps_done);
    bind_number(statement, 15, operation->cancel_requested);
}

int sqlite_operation_put(struct store *base, const struct operation *operation, struct error *err)
{
    /* The runner's own copy does not know that another process asked to cancel in the meantime. */
    static const char sql[] =
        "INSERT INTO operation (id, subject_kind, subject_id, subject_name, action, request,"
        " status, error, principal, counts, started_ms, finished_ms, steps_total, steps_done,"
        " cancel_requested) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15)"
        " ON CONFLICT (id) DO UPDATE SET subject_kind = excluded.subject_kind,"
        " subject_id = excluded.subject_id, subject_name = excluded.subject_name,"
        " action = excluded.action, request = excluded.request, status = excluded.status,"
        " error = excluded.error, principal = excluded.principal, counts = excluded.counts,"
        " started_ms = excluded.started_ms, finished_ms = excluded.finished_ms,"
        " steps_total = excluded.steps_total, steps_done = excluded.steps_done,"
        " cancel_requested = iif(operation.finished_ms = 0,"
        "  max(operation.cancel_requested, excluded.cancel_requested), excluded.cancel_requested)";
    struct sqlite_store *store = sqlite_of(base);
    if (transaction_required(store, err) < 0)
        return -1;
    sqlite3_stmt *statement = statement_take(store, sql, err);
    if (!statement)
        return -1;
    bind_operation(statement, operation);
    return statement_run(store, statement, err);
}

int sqlite_operation_each(struct store *base, const struct operation_filter *filter,
                          operation_fn *visit, void *context, struct error *err)
{
    char sql[640];
    snprintf(sql, sizeof sql,
             "SELECT id, subject_kind, subject_id, subject_name, action, request, status, error,"
             " principal, counts, started_ms, finished_ms, steps_total, steps_done,"
             " cancel_requested FROM operation WHERE true%s%s%s"
             " ORDER BY started_ms DESC, id DESC LIMIT ?5",
             filter->id ? " AND (id = ?1 OR (id > ?1 AND id < ?2))" : "",
             filter->subject_id ? " AND subject_id = ?3" : "",
             filter->status ? " AND status = ?4" : "");
    /* Too short a prefix names too many; then only the very id matches. */
    char *end = NULL;
    if (filter->id && strlen(filter->id) >= SHORTEST_PREFIX && !(end = prefix_end(filter->id)))
        return error_no_memory(err);
    struct sqlite_store *store = sqlite_of(base);
    sqlite3_stmt *statement = statement_take(store, sql, err);
    int result = -1;
    if (statement) {
        statement_bind_text(statement, 1, filter->id);
        statement_bind_text(statement, 2, end);
        statement_bind_text(statement, 3, filter->subject_id);
        statement_bind_text(statement, 4, filter->status);
        bind_number(statement, 5, filter->limit > 0 ? filter->limit : -1);
        struct operation_visit to = {visit, context};
        result = statement_visit(store, statement, visit_operation, &to, err);
    }
    free(end);
    return result;
}

int sqlite_operation_request_cancel(struct store *base, const char *id, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    bool own = false;
    if (transaction_own(store, &own, err) < 0)
        return -1;
    sqlite3_stmt *statement = statement_take(
        store, "UPDATE operation SET cancel_requested = 1 WHERE id = ?1 AND finished_ms = 0", err);
    int result = -1;
    if (statement) {
        statement_bind_text(statement, 1, id);
        result = statement_run(store, statement, err);
    }
    return transaction_own_end(store, own, result, err);
}

static bool visit_flag(void *context, sqlite3_stmt *row)
{
    *(bool *)context = sqlite3_column_int(row, 0) != 0;
    return false;
}

int sqlite_operation_cancel_requested(struct store *base, const char *id, bool *requested,
                                      struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    *requested = false;
    sqlite3_stmt *statement =
        statement_take(store, "SELECT cancel_requested FROM operation WHERE id = ?1", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, id);
    return statement_visit(store, statement, visit_flag, requested, err);
}
