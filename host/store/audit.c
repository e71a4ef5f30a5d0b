/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log; triggers of the schema let nobody change what it says. */
#include "store/internal.h"

struct audit_visit {
    audit_fn *visit;
    void *context;
};

static bool visit_entry(void *context, sqlite3_stmt *row)
{
    const struct audit_visit *to = context;
    const struct audit_entry entry = {
        .at_ms = sqlite3_column_int64(row, 0),
        .principal = column_text(row, 1),
        .command = column_text(row, 2),
        .subject = column_text(row, 3),
        .result = column_text(row, 4),
        .operation = column_text(row, 5),
    };
    return to->visit(to->context, &entry);
}

static int append(struct sqlite_store *store, const struct audit_entry *entry, struct error *err)
{
    sqlite3_stmt *statement =
        statement_take(store,
                       "INSERT INTO audit (at_ms, principal, command, subject, result, operation)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       err);
    if (!statement)
        return -1;
    bind_number(statement, 1, entry->at_ms);
    statement_bind_text(statement, 2, entry->principal);
    statement_bind_text(statement, 3, entry->command);
    statement_bind_text(statement, 4, entry->subject);
    statement_bind_text(statement, 5, entry->result);
    statement_bind_text(statement, 6, entry->operation);
    return statement_run(store, statement, err);
}

int sqlite_audit_append(struct store *base, const struct audit_entry *entry, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    bool own = false;
    if (transaction_own(store, &own, err) < 0)
        return -1;
    return transaction_own_end(store, own, append(store, entry, err), err);
}

int sqlite_audit_each(struct store *base, int64_t limit, audit_fn *visit, void *context,
                      struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    sqlite3_stmt *statement =
        statement_take(store,
                       "SELECT at_ms, principal, command, subject, result, operation FROM audit"
                       " ORDER BY sequence DESC LIMIT ?1",
                       err);
    if (!statement)
        return -1;
    bind_number(statement, 1, limit > 0 ? limit : -1);
    struct audit_visit to = {visit, context};
    return statement_visit(store, statement, visit_entry, &to, err);
}
