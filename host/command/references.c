/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that name other subjects, and what those offer. */
#include "command/references.h"

#include "base/text.h"
#include "command/admit.h"
#include "command/change.h"
#include "command/image_resolve.h"
#include "command/image_version.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const kinds[] = {"connection", "image", "key"};

static bool names_kind(const struct fh_field *field, const char *kind)
{
    return strcmp(field->type, kind) == 0;
}

static bool names_something(const struct fh_field *field)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (names_kind(field, kinds[i]))
            return true;
    return false;
}

/* Errors name the field as it was typed. */
static int on_field(const struct fh_field *field, int result, struct error *err)
{
    char *label = text_format("--%s", field->name);
    if (result < 0 && label)
        error_set_field(err, label);
    free(label);
    return result;
}

/* Nothing is shared between subscriptions, and Azure wants what belongs together in one region. */
static int check_place(const struct fh_field *field, const struct record *record,
                       const json_t *request, struct error *err)
{
    const char *subscription = text_at(json_object_get(request, "subscription"), "name");
    const char *region = text_at(request, "region");
    if (subscription && record->subscription && strcasecmp(subscription, record->subscription) != 0)
        return error_set(err, ERROR_USAGE, NULL,
                         "--%s: the %s \"%s\" belongs to the subscription \"%s\", and this to "
                         "\"%s\": nothing is shared between subscriptions; name one of \"%s\"",
                         field->name, record->kind, record->name, record->subscription,
                         subscription, subscription);
    if (region && record->region && strcmp(region, record->region) != 0)
        return error_set(
            err, ERROR_USAGE, NULL,
            "--%s: the %s \"%s\" is in %s, and this is in %s: name one of that region, "
            "or leave --region out",
            field->name, record->kind, record->name, record->region, region);
    return 0;
}

static int check_ready(const struct subject *subject, struct error *err)
{
    const struct record *record = &subject->record;
    const struct subject_kind *kind = subject_kind_find(record->kind);
    if (strcmp(record->kind, "connection") == 0)
        return refuse_unready_connection(subject, err);
    if (kind && strcmp(record->status, kind->done) == 0)
        return 0;
    return error_set(err, ERROR_USAGE, NULL,
                     "the %s \"%s\" is not ready (status %s): `flexhost %s show %s` says why",
                     record->kind, record->name, status_label(record->kind, record->status),
                     record->kind, record->name);
}

/* What a connection or a key exports, and what it is. */
static json_t *offered(const struct subject *subject)
{
    json_t *offer = json_pack("{s:s, s:s*, s:s*, s:O*}", "name", subject->record.name, "type",
                              subject->record.type, "region", subject->record.region, "fields",
                              json_object_get(subject->data, "fields"));
    json_object_update(offer, json_object_get(subject->data, "exports"));
    json_t *joins = json_object_get(json_object_get(subject->data, "internal"), "domainJoin");
    if (joins)
        json_object_set(offer, "domainJoin", joins);
    return offer;
}

static json_t *resolve_subject(struct context *context, const struct fh_field *field,
                               const char *name, const json_t *request, struct error *err)
{
    struct subject subject;
    struct store *store = context_store(context, err);
    if (!store || subject_load(store, field->type, name, &subject, err) < 0)
        return NULL;
    json_t *offer = NULL;
    if (check_ready(&subject, err) == 0 && check_place(field, &subject.record, request, err) == 0 &&
        !(offer = offered(&subject)))
        error_no_memory(err);
    subject_clear(&subject);
    return offer;
}

static json_t *resolve_image(struct context *context, const char *name, const json_t *request,
                             struct error *err)
{
    json_t *image = image_resolve(context, name, json_object_get(request, "subscription"),
                                  text_at(request, "region"), err);
    json_t *offer = image ? json_deep_copy(image) : NULL;
    json_decref(image);
    return offer;
}

/* One that was made here must have a replica there; one of the INI was looked up there. */
static int check_replica(struct context *context, const struct fh_field *field, const char *name,
                         const json_t *request, struct error *err)
{
    struct subject image;
    bool found;
    const char *region = text_at(request, "region");
    struct store *store = context_store(context, err);
    if (!store || subject_find(store, "image", name, &image, &found, err) < 0)
        return -1;
    if (!found)
        return 0;
    int result = 0;
    if (region && !image_is_in(&image, region))
        result = error_set(err, ERROR_USAGE, NULL,
                           "--%s: the image \"%s\" is in %s, and this is in %s: give it a replica "
                           "there (`flexhost image set %s --replica-region %s`), or choose another",
                           field->name, image.record.name, image.record.region, region,
                           image.record.name, region);
    subject_clear(&image);
    return result;
}

static int add_one(struct context *context, const struct fh_field *field, const char *name,
                   const json_t *request, const json_t *known, json_t *references,
                   struct error *err)
{
    json_t *before = json_object_get(known, field->name);
    const char *named = text_at(before, "name");
    if (named && strcasecmp(named, name) == 0)
        return json_object_set(references, field->name, before);
    if (names_kind(field, "image") && check_replica(context, field, name, request, err) < 0)
        return on_field(field, -1, err);
    json_t *offer = names_kind(field, "image")
                        ? resolve_image(context, name, request, err)
                        : resolve_subject(context, field, name, request, err);
    if (!offer)
        return on_field(field, -1, err);
    /* Users are found by the name that the record has, however it was typed. */
    json_object_set(json_object_get(request, "fields"), field->name,
                    json_object_get(offer, "name"));
    json_object_set_new(offer, "kind", json_string(field->type));
    json_object_set_new(references, field->name, offer);
    return 0;
}

int references_add(struct context *context, const struct plugin *plugin, json_t *request,
                   const json_t *known, struct error *err)
{
    const json_t *fields = json_object_get(request, "fields");
    json_t *references = json_object();
    int result = references ? 0 : error_no_memory(err);
    for (uint32_t i = 0; result == 0 && plugin && i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        const char *name = names_something(field) ? text_at(fields, field->name) : NULL;
        if (name)
            result = add_one(context, field, name, request, known, references, err);
    }
    if (result == 0 && json_object_size(references))
        json_object_set(request, "references", references);
    json_decref(references);
    return result;
}

int references_keep_versions(struct context *context, json_t *request, bool keep, struct error *err)
{
    const char *field;
    json_t *offer;
    int result = 0;
    json_object_foreach(json_object_get(request, "references"), field, offer)
    {
        const json_t *learned = json_object_get(offer, "learned");
        if (learned && keep && result == 0)
            result = image_version_keep(context, text_at(offer, "name"), text_at(request, "region"),
                                        learned, false, err);
        json_object_del(offer, "learned");
    }
    return result;
}

const char *references_region(struct context *context, const struct plugin *plugin,
                              const json_t *fields, struct subject *connection, struct error *err)
{
    memset(connection, 0, sizeof *connection);
    for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        const char *name = names_kind(field, "connection") ? text_at(fields, field->name) : NULL;
        struct store *store = name ? context_store(context, err) : NULL;
        if (!store)
            continue;
        if (on_field(field, subject_load(store, "connection", name, connection, err), err) < 0)
            return NULL;
        return connection->record.region;
    }
    return NULL;
}

void references_note(const struct plugin *plugin, const json_t *fields, json_t *data)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        json_t *names = json_array();
        for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
            const struct fh_field *field = &plugin->entry.fields[i];
            json_t *name =
                names_kind(field, kinds[k]) ? json_object_get(fields, field->name) : NULL;
            if (name)
                json_array_append(names, name);
        }
        size_t count = json_array_size(names);
        if (count == 0)
            json_object_del(data, kinds[k]);
        else
            json_object_set(data, kinds[k], count == 1 ? json_array_get(names, 0) : names);
        json_decref(names);
    }
}

/* An image of the INI is not in the store, and does not go away. */
static int admit_one(struct context *context, const char *kind, const char *name, bool created,
                     struct error *err)
{
    struct store *store = context_store(context, err);
    const struct config *config = context_config(context, err);
    struct subject subject;
    bool found;
    if (!store || !config || subject_find(store, kind, name, &subject, &found, err) < 0)
        return -1;
    if (!found && strcmp(kind, "image") == 0 && config_image(config, name))
        return 0;
    if (!found)
        return error_set(err, ERROR_USAGE, NULL,
                         "the %s \"%s\" has just been deleted: choose another", kind, name);
    int result = created ? check_ready(&subject, err) : 0;
    subject_clear(&subject);
    return result;
}

int references_admit(struct context *context, const struct subject *subject, bool created,
                     struct error *err)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const json_t *named = json_object_get(subject->data, kinds[k]);
        size_t count = json_is_array(named) ? json_array_size(named) : named != NULL;
        for (size_t i = 0; i < count; i++) {
            const json_t *name = json_is_array(named) ? json_array_get(named, i) : named;
            if (admit_one(context, kinds[k], json_string_value(name), created, err) < 0)
                return -1;
        }
    }
    return 0;
}
