/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a connection or an image that come with a catalog. */
#include "command/first_catalog.h"

#include "command/image_resolve.h"
#include "command/secret_text.h"
#include "command/subject_change.h"
#include "command/text_at.h"
#include "plugin/fields.h"

#include <string.h>

/* The fields with what the first catalog brings; NULL: it brings nothing. */
static json_t *fields_of_first_catalog(const struct planned *connection)
{
    const struct fh_plugin *entry = &connection->plugin->entry;
    const json_t *old = json_object_get(connection->subject.data, "fields");
    json_t *patch = json_object(), *fields = NULL, *secrets = NULL;
    struct field_problems problems = {0};
    for (uint32_t i = 0; i < entry->field_count; i++)
        if ((entry->fields[i].flags & FH_FIELD_AT_FIRST_CATALOG) &&
            !json_object_get(old, entry->fields[i].name))
            json_object_set_new(patch, entry->fields[i].name,
                                json_string(entry->fields[i].default_value));
    if (json_object_size(patch) && fields_validate(entry->fields, entry->field_count, patch, old,
                                                   NULL, &fields, &secrets, &problems) < 0) {
        json_decref(fields);
        fields = NULL;
    }
    field_problems_clear(&problems);
    secrets_json_wipe(secrets);
    json_decref(patch);
    return fields;
}

/* Runs the subject's own operation, with its own rows of a dry run, before the catalog's. */
static int bring(struct context *context, const struct command_input *input,
                 struct planned *planned, const json_t *fields, struct error *err)
{
    struct command_input own = *input;
    struct command_output nothing = {0};
    own.no_wait = false; /* its end decides what the catalog gets */
    own.subject_ms = 0;
    int result = planned_apply(context, &own, planned, fields, NULL, NULL, &nothing, err);
    json_decref(nothing.result);
    return result;
}

/* ---- the connection -------------------------------------------------------------------------- */

static int bring_connection(struct context *context, const struct command_input *input,
                            struct planned *connection, const json_t *fields, struct error *err)
{
    struct error failure = ERROR_INIT;
    const char *name = connection->subject.record.name;
    int result = bring(context, input, connection, fields, &failure);
    bool goes_on = result < 0 && (failure.code == ERROR_PARTLY || failure.code == ERROR_AZURE);
    if (goes_on) {
        context_warn(context,
                     "the connection \"%s\" did not get all that comes with its first catalog: %s. "
                     "The catalog is made all the same; `flexhost connection retry %s` tries again",
                     name, error_text(&failure), name);
        result = 0;
    } else if (result < 0) {
        error_move(err, &failure);
        error_prefix(err, "the connection \"%s\", which the first catalog changes", name);
    }
    error_clear(&failure);
    return result;
}

int first_catalog_connection(struct context *context, const struct command_input *input,
                             const char *name, struct error *err)
{
    struct planned connection;
    json_t *catalogs = json_array();
    int result = planned_open(context, "connection", name, &connection, err);
    if (result == 0)
        result = subject_users(context_store(context, err), "catalog", "connection",
                               connection.subject.record.name, catalogs, err);
    json_t *fields = NULL;
    if (result == 0 && json_array_size(catalogs) == 0)
        fields = fields_of_first_catalog(&connection);
    if (fields) {
        context_remark(context, "the first catalog of the connection \"%s\" changes it",
                       connection.subject.record.name);
        result = bring_connection(context, input, &connection, fields, err);
    }
    json_decref(fields);
    json_decref(catalogs);
    planned_clear(&connection);
    return result;
}

/* ---- the image ------------------------------------------------------------------------------- */

static int bring_image(struct context *context, const struct command_input *input,
                       struct planned *image, const char *region, struct error *err)
{
    if (!planned_field(image, "replica-region", "replicas in other regions", err))
        return error_set_field(err, "--image");
    json_t *fields = json_deep_copy(planned_fields(image));
    json_t *replicas = json_object_get(fields, "replica-region");
    if (!replicas) {
        replicas = json_array();
        json_object_set_new(fields, "replica-region", replicas);
    }
    json_array_append_new(replicas, json_string(region));
    context_remark(context, "the image \"%s\" is brought to %s first", image->subject.record.name,
                   region);
    int result = bring(context, input, image, fields, err);
    if (result < 0)
        error_prefix(err, "the image \"%s\", which the catalog needs in %s",
                     image->subject.record.name, region);
    json_decref(fields);
    return result;
}

int first_catalog_image(struct context *context, const struct command_input *input,
                        const char *name, const char *region, struct error *err)
{
    struct subject subject;
    bool found;
    struct store *store = context_store(context, err);
    if (!store || subject_find(store, "image", name, &subject, &found, err) < 0)
        return -1;
    if (!found)
        return 0;
    subject_clear(&subject);
    struct planned image;
    int result = planned_open(context, "image", name, &image, err);
    if (result == 0 && !image_is_in(&image.subject, region))
        result = bring_image(context, input, &image, region, err);
    planned_clear(&image);
    return result;
}
