/* SPDX-License-Identifier: Apache-2.0 */
/* What plugins have asked for with fh_due(), kept in the records. */
#include "command/due.h"

#include "command/orphans.h"
#include "command/subject_change.h"
#include "command/subject_refresh.h"
#include "command/subject_view.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>

enum { POSTPONED_MS = 10 * 60 * 1000 };

struct search {
    int64_t now_ms;
    json_t *found; /* [{"kind", "id", "verb"}] */
};

static bool note_due(void *context, const struct record *record)
{
    struct search *search = context;
    json_t *data = json_loads(record->data, 0, NULL);
    struct subject subject = {.record = *record, .data = data};
    const json_t *due = json_object_get(json_object_get(data, "internal"), "due");
    json_int_t at = json_integer_value(json_object_get(due, "atMs"));
    if (due && at <= search->now_ms && subject_is_settled(&subject))
        json_array_append_new(search->found,
                              json_pack("{s:s, s:s, s:s*}", "kind", record->kind, "id", record->id,
                                        "verb", text_at(due, "verb")));
    json_decref(data);
    return true;
}

/* Else every command would try it, and be told why not. */
static void postpone(struct context *context, struct subject *subject)
{
    struct store *store = context_store(context, NULL);
    json_t *due = json_object_get(json_object_get(subject->data, "internal"), "due");
    if (!store || !due || store->ops->begin(store, NULL) < 0)
        return;
    json_object_set_new(due, "atMs", json_integer(clock_wall(clock_system()) + POSTPONED_MS));
    if (planned_put(store, subject, NULL) == 0)
        store->ops->commit(store, NULL);
    else
        store->ops->rollback(store);
}

static void start(struct context *context, const struct command_input *input, const json_t *due)
{
    struct command_input own = {.command = input->command, .no_wait = true, .acknowledged = true};
    struct command_output nothing = {0};
    struct planned planned;
    struct error err = ERROR_INIT;
    const char *verb = text_at(due, "verb");
    json_t *none = json_object();
    int result = planned_open(context, text_at(due, "kind"), text_at(due, "id"), &planned, &err);
    if (result == 0)
        result = planned_verb(context, &own, &planned, verb, none, &nothing, &err);
    if (result == 0)
        context_remark(context,
                       "\"%s\" of the %s \"%s\" was due: it runs in the background (`flexhost "
                       "operation list`)",
                       verb, planned.subject.record.kind, planned.subject.record.name);
    else if (err.code != ERROR_RETRY) /* not ready yet, or another command was faster */
        context_warn(context, "\"%s\", which was due, could not be started: %s", verb,
                     error_text(&err));
    if (result < 0 && planned.subject.data)
        postpone(context, &planned.subject);
    planned_clear(&planned);
    json_decref(none);
    json_decref(nothing.result);
    error_clear(&err);
}

void due_run(struct context *context, const struct command_input *input)
{
    static const char *const kinds[] = {"connection", "image"};
    struct store *store = orphans_wanted(context, input) ? context_store(context, NULL) : NULL;
    struct search search = {clock_wall(clock_system()), json_array()};
    for (size_t i = 0; store && i < sizeof kinds / sizeof *kinds; i++) {
        struct record_filter filter = {.kind = kinds[i]};
        store->ops->record_each(store, &filter, note_due, &search, NULL);
    }
    size_t i;
    json_t *due;
    /* What the command itself did is told by its own transaction. */
    const char *told = context_transaction(context);
    char *transaction = told ? strdup(told) : NULL;
    json_array_foreach(search.found, i, due) start(context, input, due);
    context_set_transaction(context, transaction);
    free(transaction);
    json_decref(search.found);
}
