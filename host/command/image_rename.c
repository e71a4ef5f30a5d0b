/* SPDX-License-Identifier: Apache-2.0 */
/* The record is renamed, and in the same transaction all that name it. Nothing of it is in Azure:
 * names there follow the id. */
#include "command/image_rename.h"

#include "command/image_list.h"
#include "command/image_resolve.h"
#include "command/request.h"
#include "command/subject_view.h"
#include "command/text_at.h"

#include <string.h>
#include <strings.h>

struct renaming {
    const char *from;
    const char *to;
    json_t *users; /* [{"kind", "id"}] */
};

static bool is_name(const json_t *value, const char *name)
{
    const char *text = json_string_value(value);
    return text && strcasecmp(text, name) == 0;
}

static bool note_user(void *context, const struct record *record)
{
    struct renaming *renaming = context;
    json_t *data = json_loads(record->data, 0, NULL);
    const json_t *used = json_object_get(data, "image");
    bool uses = is_name(used, renaming->from);
    for (size_t i = 0; i < json_array_size(used); i++)
        uses |= is_name(json_array_get(used, i), renaming->from);
    if (uses)
        json_array_append_new(renaming->users,
                              json_pack("{s:s, s:s}", "kind", record->kind, "id", record->id));
    json_decref(data);
    return true;
}

/* data.image, alone or in a list. */
static void replace_use(json_t *data, const char *from, const char *to)
{
    json_t *used = json_object_get(data, "image");
    if (is_name(used, from))
        json_object_set_new(data, "image", json_string(to));
    for (size_t i = 0; i < json_array_size(used); i++)
        if (is_name(json_array_get(used, i), from))
            json_array_set_new(used, i, json_string(to));
}

/* Fields that named it, as they are wanted and as they were applied. */
static void replace_references(json_t *data, const char *from, const char *to)
{
    json_t *internal = json_object_get(data, "internal");
    json_t *const places[] = {json_object_get(data, "fields"),
                              json_object_get(internal, "applied")};
    const char *field;
    json_t *reference;
    json_object_foreach(json_object_get(internal, "references"), field, reference)
    {
        if (strcmp(text_at(reference, "kind"), "image") != 0 ||
            !is_name(json_object_get(reference, "name"), from))
            continue;
        json_object_set_new(reference, "name", json_string(to));
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            if (is_name(json_object_get(places[i], field), from))
                json_object_set_new(places[i], field, json_string(to));
    }
}

/* An operation under way would write back what it began with. */
static int require_settled(struct store *store, const struct subject *subject, struct error *err)
{
    bool held = false;
    struct lease_holder holder;
    if (store->ops->lease_query(store, subject->record.id, &held, &holder, err) < 0)
        return -1;
    if (!held && subject_is_settled(subject))
        return 0;
    return error_set(err, ERROR_RETRY, "/name",
                     "an operation of the %s \"%s\" is under way: wait for it (`flexhost operation "
                     "wait %s`), then rename",
                     subject->record.kind, subject->record.name,
                     subject->record.operation ? subject->record.operation : "ID");
}

static int rename_use(struct store *store, const struct renaming *renaming, const json_t *user,
                      struct error *err)
{
    struct subject subject;
    if (subject_load(store, text_at(user, "kind"), text_at(user, "id"), &subject, err) < 0)
        return -1;
    int result = require_settled(store, &subject, err);
    if (result == 0) {
        replace_use(subject.data, renaming->from, renaming->to);
        replace_references(subject.data, renaming->from, renaming->to);
        subject.record.updated_ms = clock_wall(clock_system());
        result = subject_put(store, &subject, err);
    }
    subject_clear(&subject);
    return result;
}

/* In a transaction. */
static int rename_all(struct store *store, struct subject *image, struct renaming *renaming,
                      struct error *err)
{
    static const char *const kinds[] = {"catalog", "image"};
    int result = require_settled(store, image, err);
    for (size_t i = 0; i < 2 && result == 0; i++) {
        struct record_filter filter = {.kind = kinds[i]};
        result = store->ops->record_each(store, &filter, note_user, renaming, err);
    }
    size_t i;
    json_t *user;
    json_array_foreach(renaming->users, i, user) if (result == 0) result =
        rename_use(store, renaming, user, err);
    if (result == 0) {
        image->record.name = renaming->to;
        image->record.updated_ms = clock_wall(clock_system());
        result = subject_put(store, image, err);
    }
    return result;
}

static int check_new_name(struct context *context, const struct subject *image, const char *to,
                          struct error *err)
{
    const struct config *config = context_config(context, err);
    const struct ini_section *section = config ? config_image(config, to) : NULL;
    if (!config)
        return -1;
    if (section)
        return error_set(err, ERROR_USAGE, "/new-name",
                         "there is an image called \"%s\" already, in %s:%d: choose another name",
                         section->name, section->file, section->line);
    if (strcasecmp(image->record.name, to) == 0) /* another way of writing it */
        return 0;
    return request_check_name(context, "image", to, err) < 0 ? error_set_field(err, "/new-name")
                                                             : 0;
}

/* In a transaction: nobody changes the record between its reading and its writing. */
static int rename_image(struct context *context, const struct command_input *input,
                        struct command_output *output, struct error *err)
{
    struct subject image;
    if (image_load(context, text_at(input->fields, "name"), &image, err) < 0)
        return -1;
    struct renaming renaming = {
        .from = image.record.name, .to = text_at(input->fields, "new-name"), .users = json_array()};
    int result = check_new_name(context, &image, renaming.to, err);
    if (result == 0)
        result = rename_all(context_store(context, err), &image, &renaming, err);
    if (result == 0)
        output->result = image_json(&image);
    json_decref(renaming.users);
    subject_clear(&image);
    return result;
}

int image_rename(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store || store->ops->begin(store, err) < 0)
        return -1;
    if (rename_image(context, input, output, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}
