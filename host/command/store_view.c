/* SPDX-License-Identifier: Apache-2.0 */
/* Records and operations copied out of the store. */
#include "command/store_view.h"

#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *copy(struct arena *arena, const char *text, bool *failed)
{
    if (!text)
        return NULL;
    const char *copied = arena_copy(arena, text);
    if (!copied)
        *failed = true;
    return copied;
}

static json_t *parse_object(const char *text)
{
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    if (json_is_object(json))
        return json;
    json_decref(json);
    return json_object();
}

static bool copy_record(struct subject *subject, const struct record *from)
{
    struct arena *arena = &subject->arena;
    bool failed = false;
    subject->record = (struct record){
        .kind = copy(arena, from->kind, &failed),
        .id = copy(arena, from->id, &failed),
        .name = copy(arena, from->name, &failed),
        .type = copy(arena, from->type, &failed),
        .subscription = copy(arena, from->subscription, &failed),
        .region = copy(arena, from->region, &failed),
        .status = copy(arena, from->status, &failed),
        .operation = copy(arena, from->operation, &failed),
        .created_ms = from->created_ms,
        .updated_ms = from->updated_ms,
    };
    subject->data = parse_object(from->data);
    return !failed && subject->data;
}

struct search {
    struct subject *subject;
    struct suggestion near;
    struct arena names; /* what `near` points to */
    bool found;
    bool failed;
};

static bool take_record(void *context, const struct record *record)
{
    struct search *search = context;
    search->found = true;
    search->failed = !copy_record(search->subject, record);
    return false;
}

static bool offer_name(void *context, const struct record *record)
{
    struct search *search = context;
    char *name = arena_copy(&search->names, record->name);
    if (name)
        suggestion_offer(&search->near, name);
    return name != NULL;
}

static int find(struct store *store, const char *kind, const char *name_or_id,
                struct search *search, struct error *err)
{
    struct record_filter filter = {.kind = kind, .name = name_or_id};
    if (store->ops->record_each(store, &filter, take_record, search, err) < 0)
        return -1;
    if (!search->found) {
        filter = (struct record_filter){.kind = kind, .id = name_or_id};
        if (store->ops->record_each(store, &filter, take_record, search, err) < 0)
            return -1;
    }
    return search->failed ? error_no_memory(err) : 0;
}

/* Activities are what actions leave behind; the operator knows them by that noun. */
static const char *noun_of(const char *kind)
{
    return strcmp(kind, "activity") == 0 ? "action" : kind;
}

int subject_find(struct store *store, const char *kind, const char *name_or_id,
                 struct subject *subject, bool *found, struct error *err)
{
    memset(subject, 0, sizeof *subject);
    struct search search = {.subject = subject};
    int result = find(store, kind, name_or_id, &search, err);
    *found = search.found;
    if (result < 0)
        subject_clear(subject);
    return result;
}

int subject_load(struct store *store, const char *kind, const char *name_or_id,
                 struct subject *subject, struct error *err)
{
    bool found;
    if (subject_find(store, kind, name_or_id, subject, &found, err) < 0)
        return -1;
    if (found)
        return 0;
    struct search search = {.near = {.mistyped = name_or_id}};
    struct record_filter filter = {.kind = kind};
    int result = store->ops->record_each(store, &filter, offer_name, &search, err);
    if (result == 0)
        result = error_set(err, ERROR_USAGE, "/name",
                           "there is no %s called \"%s\"%s%s%s `flexhost %s list` shows them", kind,
                           name_or_id, search.near.best ? ": did you mean \"" : ":",
                           search.near.best ? search.near.best : "", search.near.best ? "\"?" : "",
                           noun_of(kind));
    arena_free(&search.names);
    return result;
}

void subject_clear(struct subject *subject)
{
    arena_free(&subject->arena);
    json_decref(subject->data);
    memset(subject, 0, sizeof *subject);
}

int subject_put(struct store *store, struct subject *subject, struct error *err)
{
    char *data = json_dumps(subject->data, JSON_COMPACT);
    if (!data)
        return error_no_memory(err);
    struct record record = subject->record;
    record.data = data;
    int result = store->ops->record_put(store, &record, err);
    free(data);
    return result;
}

struct operation_search {
    struct operation_view *view;
    int found;
    bool failed;
};

static bool take_operation(void *context, const struct operation *from)
{
    struct operation_search *search = context;
    if (search->found++)
        return false;
    struct operation_view *view = search->view;
    struct arena *arena = &view->arena;
    bool failed = false;
    view->operation = *from;
    view->operation.id = copy(arena, from->id, &failed);
    view->operation.subject_kind = copy(arena, from->subject_kind, &failed);
    view->operation.subject_id = copy(arena, from->subject_id, &failed);
    view->operation.subject_name = copy(arena, from->subject_name, &failed);
    view->operation.action = copy(arena, from->action, &failed);
    view->operation.request = copy(arena, from->request, &failed);
    view->operation.status = copy(arena, from->status, &failed);
    view->operation.error = copy(arena, from->error, &failed);
    view->operation.principal = copy(arena, from->principal, &failed);
    view->operation.counts = copy(arena, from->counts, &failed);
    view->request = parse_object(from->request);
    search->failed = failed || !view->request;
    return true;
}

int operation_load(struct store *store, const char *id, struct operation_view *view,
                   struct error *err)
{
    memset(view, 0, sizeof *view);
    struct operation_search search = {.view = view};
    struct operation_filter filter = {.id = id};
    int result = store->ops->operation_each(store, &filter, take_operation, &search, err);
    if (result == 0 && search.failed)
        result = error_no_memory(err);
    else if (result == 0 && search.found == 0)
        result = error_set(err, ERROR_USAGE, "/id",
                           "there is no operation %s: `flexhost operation list` shows them", id);
    else if (result == 0 && search.found > 1)
        result = error_set(err, ERROR_USAGE, "/id",
                           "more than one operation's id begins with %s: give more of it", id);
    if (result < 0)
        operation_clear(view);
    return result;
}

void operation_clear(struct operation_view *view)
{
    arena_free(&view->arena);
    json_decref(view->request);
    memset(view, 0, sizeof *view);
}

struct users_search {
    const char *key;
    const char *value;
    json_t *names;
};

static bool add_user(void *context, const struct record *record)
{
    struct users_search *search = context;
    json_t *data = parse_object(record->data);
    const json_t *used = json_object_get(data, search->key);
    size_t count = json_is_array(used) ? json_array_size(used) : used != NULL;
    for (size_t i = 0; i < count; i++) {
        const char *value = json_string_value(json_is_array(used) ? json_array_get(used, i) : used);
        if (!value || strcasecmp(value, search->value) != 0)
            continue;
        json_array_append_new(search->names, json_string(record->name));
        break;
    }
    json_decref(data);
    return true;
}

int subject_users(struct store *store, const char *kind, const char *key, const char *value,
                  json_t *names, struct error *err)
{
    struct users_search search = {key, value, names};
    struct record_filter filter = {.kind = kind};
    return store->ops->record_each(store, &filter, add_user, &search, err);
}
