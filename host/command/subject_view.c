/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what was applied. */
#include "command/subject_view.h"

#include "azure/lookup.h"
#include "command/change.h"
#include "command/request.h"
#include "plan/drift.h"

#include <stdlib.h>
#include <string.h>

int subject_view_open(struct context *context, const struct subject *subject, const char *operation,
                      struct subject_view *view, struct error *err)
{
    memset(view, 0, sizeof *view);
    view->subject = subject;
    view->plugin = request_plugin(context, subject, err);
    view->resources = json_object();
    view->unread = json_object();
    if (!view->plugin)
        return -1;
    view->request = request_existing(context, subject, view->plugin, operation,
                                     json_object_get(subject->data, "fields"), NULL, err);
    if (view->request && strcmp(operation, "check") == 0 && !subject_is_settled(subject))
        json_object_set_new(view->request, "underWay", json_true());
    return view->request ? request_plan(context, view->request, &view->plan, err) : -1;
}

void subject_view_clear(struct subject_view *view)
{
    json_decref(view->request);
    json_decref(view->resources);
    json_decref(view->unread);
    plan_free(view->plan);
    memset(view, 0, sizeof *view);
}

struct wish {
    struct subject_view *view;
    char *key;
};

/* Grows beside the lookups, which borrow nothing of the journal. */
struct wishes {
    struct subject_view *view;
    struct wish *items;
    struct lookup *lookups;
    size_t count, room;
};

static int add_wish(void *context, const struct applied *applied)
{
    struct wishes *wishes = context;
    if (wishes->count == wishes->room) {
        size_t room = wishes->room ? 2 * wishes->room : 64;
        struct wish *items = realloc(wishes->items, room * sizeof *items);
        if (items)
            wishes->items = items;
        struct lookup *lookups = items ? realloc(wishes->lookups, room * sizeof *lookups) : NULL;
        if (!lookups)
            return -1;
        wishes->lookups = lookups;
        wishes->room = room;
    }
    wishes->items[wishes->count] = (struct wish){wishes->view, strdup(applied->key)};
    wishes->lookups[wishes->count++] =
        (struct lookup){.path = strdup(applied->path),
                        .api_version = strdup(applied->api_version),
                        .credential = strdup(applied->credential),
                        .list_path = applied->list_path ? strdup(applied->list_path) : NULL};
    return 0;
}

static void take_answers(struct wishes *wishes)
{
    for (size_t i = 0; i < wishes->count; i++) {
        struct subject_view *view = wishes->items[i].view;
        if (wishes->lookups[i].found)
            json_object_set(view->resources, wishes->items[i].key, wishes->lookups[i].found);
        else if (wishes->lookups[i].reason)
            json_object_set_new(view->unread, wishes->items[i].key,
                                json_string(wishes->lookups[i].reason));
    }
}

static void wishes_clear(struct wishes *wishes)
{
    for (size_t i = 0; i < wishes->count; i++) {
        struct lookup *lookup = &wishes->lookups[i];
        free((char *)lookup->path);
        free((char *)lookup->api_version);
        free((char *)lookup->credential);
        free((char *)lookup->list_path);
        lookup_clear(lookup);
        free(wishes->items[i].key);
    }
    free(wishes->items);
    free(wishes->lookups);
}

int subject_view_read(struct context *context, struct subject_view *views, size_t count,
                      struct error *err)
{
    struct wishes wishes = {0};
    struct store *store = context_store(context, err);
    struct arm *arm = store ? context_arm(context, err) : NULL;
    int result = arm ? 0 : -1;
    for (size_t i = 0; i < count && result == 0; i++) {
        wishes.view = &views[i];
        result = drift_each_applied(store, views[i].subject->record.id, views[i].plan, add_wish,
                                    &wishes, err);
    }
    if (result == 0)
        result = lookup_all(arm, wishes.lookups, wishes.count, err);
    if (result == 0)
        take_answers(&wishes);
    wishes_clear(&wishes);
    return result;
}

bool subject_is_settled(const struct subject *subject)
{
    const struct subject_kind *kind = subject_kind_find(subject->record.kind);
    const char *status = subject->record.status;
    const char *under_way =
        json_string_value(json_object_get(json_object_get(subject->data, "internal"), "underWay"));
    if (under_way && status && strcmp(status, under_way) == 0)
        return false;
    return kind && status && strcmp(status, kind->creating) != 0 &&
           strcmp(status, kind->updating) != 0 && strcmp(status, kind->deleting) != 0;
}
