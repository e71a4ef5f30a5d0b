/* SPDX-License-Identifier: Apache-2.0 */
/* What must still hold at the moment in which a change is recorded. */
#include "command/admit.h"

#include "command/catalog_limits.h"
#include "command/catalog_names.h"
#include "command/catalog_subnet.h"
#include "command/change.h"
#include "command/listing.h"
#include "command/numbering.h"
#include "command/overlap.h"
#include "command/references.h"
#include "command/text_at.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int refuse_used_by(struct store *store, const struct subject *used, const char *user_kind,
                          struct error *err)
{
    json_t *users = json_array();
    int result = subject_users(store, user_kind, used->record.kind, used->record.name, users, err);
    if (result == 0)
        result = refuse_while_used(&used->record, users, user_kind, err);
    json_decref(users);
    return result;
}

int refuse_used_connection(struct store *store, const struct subject *connection, struct error *err)
{
    static const char *const kinds[] = {"catalog", "image", "bastion"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (refuse_used_by(store, connection, kinds[i], err) < 0)
            return -1;
    return 0;
}

int refuse_used_image(struct store *store, const struct subject *image, struct error *err)
{
    if (refuse_used_by(store, image, "catalog", err) < 0)
        return -1;
    return refuse_used_by(store, image, "image", err);
}

int refuse_unready_connection(const struct subject *connection, struct error *err)
{
    const struct record *record = &connection->record;
    const json_t *exports = json_object_get(connection->data, "exports");
    if (text_at(exports, "subnetId") && record->region && record->subscription)
        return 0;
    if (!text_at(exports, "subnetId") && record->status &&
        strcmp(record->status, subject_kind_find("connection")->done) == 0)
        return error_set(err, ERROR_USAGE, "--connection",
                         "--connection: \"%s\" cannot take machines: its plugin connection/%s "
                         "exports no subnetId",
                         record->name, record->type);
    return error_set(err, ERROR_USAGE, "--connection",
                     "--connection: \"%s\" cannot take machines (status %s): `flexhost "
                     "connection show %s` says why",
                     record->name, status_label("connection", record->status), record->name);
}

/* What plugins plan: numbers stay apart, and what is named is still there. */
static int admit_planned(struct context *context, const struct subject *subject, const char *action,
                         struct error *err)
{
    const json_t *internal = json_object_get(subject->data, "internal");
    json_int_t number = json_integer_value(json_object_get(internal, "number"));
    if (numbering_admit(context_store(context, err), &subject->record, number, err) < 0)
        return -1;
    return references_admit(context, subject, strcmp(action, "create") == 0, err);
}

int admit_connection(struct context *context, const struct subject *subject, const char *action,
                     struct error *err)
{
    if (strcmp(action, "delete") == 0)
        return refuse_used_connection(context_store(context, err), subject, err);
    if (admit_planned(context, subject, action, err) < 0)
        return -1;
    return overlap_check_recorded(context, subject, err);
}

int admit_image(struct context *context, const struct subject *subject, const char *action,
                struct error *err)
{
    if (strcmp(action, "delete") == 0)
        return refuse_used_image(context_store(context, err), subject, err);
    return admit_planned(context, subject, action, err);
}

static int admit_connection_of(struct store *store, const struct subject *catalog,
                               struct error *err)
{
    const json_t *data = catalog->data;
    const char *subnet = text_at(json_object_get(data, "internal"), "subnetId");

    struct subject connection;
    if (subject_load(store, "connection", text_at(data, "connection"), &connection, err) < 0)
        return -1;
    int result = refuse_unready_connection(&connection, err);
    if (result == 0)
        result = catalog_check_subnet(store, &connection, subnet,
                                      json_integer_value(json_object_get(data, "machines")), err);
    subject_clear(&connection);
    return result;
}

struct activity_search {
    const char *catalog;
    char name[300];
};

static bool is_running_on(void *context, const struct record *record)
{
    struct activity_search *search = context;
    if (strcmp(record->status, "Running") != 0)
        return true;
    json_t *data = json_loads(record->data, 0, NULL);
    const char *catalog = text_at(data, "catalog");
    bool runs = catalog && strcasecmp(catalog, search->catalog) == 0;
    if (runs)
        snprintf(search->name, sizeof search->name, "%s", record->name);
    json_decref(data);
    return !runs;
}

/* An action works on a machine, and keeps helpers beside it. */
static int refuse_busy_catalog(struct store *store, const struct record *catalog, struct error *err)
{
    struct activity_search search = {.catalog = catalog->name};
    struct record_filter filter = {.kind = "activity"};
    if (store->ops->record_each(store, &filter, is_running_on, &search, err) < 0)
        return -1;
    if (!*search.name)
        return 0;
    return error_set(err, ERROR_USAGE, "/name",
                     "the action \"%s\" runs on a machine of the catalog \"%s\": wait for it, or "
                     "resume it if it was interrupted (`flexhost operation list`)",
                     search.name, catalog->name);
}

int admit_activity(struct context *context, const struct subject *subject, const char *action,
                   struct error *err)
{
    struct subject catalog;
    if (subject_load(context_store(context, err), "catalog", text_at(subject->data, "catalog"),
                     &catalog, err) < 0)
        return -1;
    int result = 0;
    if (strcmp(catalog.record.status, "Deleting") == 0)
        result =
            error_set(err, ERROR_USAGE, "/machine",
                      "the catalog \"%s\" of the machine is being deleted", catalog.record.name);
    subject_clear(&catalog);
    return result;
}

int admit_catalog(struct context *context, const struct subject *subject, const char *action,
                  struct error *err)
{
    if (strcmp(action, "delete") == 0)
        return refuse_busy_catalog(context_store(context, err), &subject->record, err);
    const json_t *data = subject->data;
    const char *type = text_at(data, "desktopType");
    struct catalog_demand demand = {
        .subscription = subject->record.subscription,
        .connection = text_at(data, "connection"),
        .domain = text_at(data, "domain"),
        .multi_session = type && strcmp(type, "multi-session") == 0,
        .users = json_integer_value(json_object_get(data, "users")),
        .machines = json_integer_value(json_object_get(data, "machines")),
        .warned = true,
    };
    const json_t *names = json_object_get(json_object_get(data, "internal"), "machineNames");
    if (admit_connection_of(context_store(context, err), subject, err) < 0 ||
        references_admit(context, subject, true, err) < 0 ||
        catalog_check_limits(context, &demand, err) < 0)
        return -1;
    return catalog_check_names(context, names, err);
}
