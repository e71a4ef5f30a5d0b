/* SPDX-License-Identifier: Apache-2.0 */
/* Records: the subjects that an operator knows by name. */
#include "store/internal.h"

#include <stdio.h>

struct record_visit {
    record_fn *visit;
    void *context;
};

static bool visit_record(void *context, sqlite3_stmt *row)
{
    const struct record_visit *to = context;
    const struct record record = {
        .id = column_text(row, 0),
        .kind = column_text(row, 1),
        .name = column_text(row, 2),
        .type = column_text(row, 3),
        .subscription = column_text(row, 4),
        .region = column_text(row, 5),
        .status = column_text(row, 6),
        .operation = column_text(row, 7),
        .data = column_text(row, 8),
        .created_ms = sqlite3_column_int64(row, 9),
        .updated_ms = sqlite3_column_int64(row, 10),
    };
    return to->visit(to->context, &record);
}

static void bind_record(sqlite3_stmt *statement, const struct record *record)
{
    statement_bind_text(statement, 1, record->id);
    statement_bind_text(statement, 2, record->kind);
    statement_bind_text(statement, 3, record->name);
    statement_bind_text(statement, 4, record->type);
    statement_bind_text(statement, 5, record->subscription);
    statement_bind_text(statement, 6, record->region);
    statement_bind_text(statement, 7, record->status);
    statement_bind_text(statement, 8, record->operation);
    statement_bind_text(statement, 9, record->data ? record->data : "{}");
    bind_number(statement, 10, record->created_ms);
    bind_number(statement, 11, record->updated_ms);
}

struct name_holder {
    const struct record *wanted;
    struct error *err;
    bool refused;
};

static bool refuse_name(void *context, const struct record *holder)
{
    struct name_holder *name = context;
    name->refused = true;
    error_set(name->err, ERROR_USAGE, "/name",
              "the name \"%s\" is taken by the %s \"%s\" (%s, id %s): names are unique without "
              "regard to case; choose another one",
              name->wanted->name, holder->kind, holder->name,
              holder->status ? holder->status : "no status", holder->id);
    return false;
}

/* Turns SQLite's "UNIQUE constraint failed" into the record that is in the way. */
static int explain_taken_name(struct store *store, const struct record *record, struct error *err)
{
    struct name_holder name = {.wanted = record, .err = err};
    const struct record_filter filter = {.kind = record->kind, .name = record->name};
    if (sqlite_record_each(store, &filter, refuse_name, &name, err) < 0 || name.refused)
        return -1;
    return error_set(err, ERROR_USAGE, "/name", "the name \"%s\" is taken", record->name);
}

int sqlite_record_put(struct store *base, const struct record *record, struct error *err)
{
    static const char sql[] =
        "INSERT INTO record (id, kind, name, type, subscription, region, status, operation, data,"
        " created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name,"
        " type = excluded.type, subscription = excluded.subscription, region = excluded.region,"
        " status = excluded.status, operation = excluded.operation, data = excluded.data,"
        " created_ms = excluded.created_ms, updated_ms = excluded.updated_ms";
    struct sqlite_store *store = sqlite_of(base);
    if (transaction_required(store, err) < 0)
        return -1;
    sqlite3_stmt *statement = statement_take(store, sql, err);
    if (!statement)
        return -1;
    bind_record(statement, record);
    int failed = statement_run(store, statement, err);
    if (failed && sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_UNIQUE)
        return explain_taken_name(base, record, err);
    return failed;
}

int sqlite_record_delete(struct store *base, const char *kind, const char *id, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    if (transaction_required(store, err) < 0)
        return -1;
    sqlite3_stmt *statement =
        statement_take(store, "DELETE FROM record WHERE id = ?1 AND kind = ?2", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, id);
    statement_bind_text(statement, 2, kind);
    return statement_run(store, statement, err);
}

int sqlite_record_each(struct store *base, const struct record_filter *filter, record_fn *visit,
                       void *context, struct error *err)
{
    /* Only the conditions that are asked for, so that SQLite finds the index that serves them. */
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT id, kind, name, type, subscription, region, status, operation, data,"
             " created_ms, updated_ms FROM record WHERE true%s%s%s%s ORDER BY kind, name",
             filter->kind ? " AND kind = ?1" : "", filter->name ? " AND name = ?2" : "",
             filter->id ? " AND id = ?3" : "",
             filter->subscription ? " AND subscription = ?4" : "");
    struct sqlite_store *store = sqlite_of(base);
    sqlite3_stmt *statement = statement_take(store, sql, err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, filter->kind);
    statement_bind_text(statement, 2, filter->name);
    statement_bind_text(statement, 3, filter->id);
    statement_bind_text(statement, 4, filter->subscription);
    struct record_visit to = {visit, context};
    return statement_visit(store, statement, visit_record, &to, err);
}
