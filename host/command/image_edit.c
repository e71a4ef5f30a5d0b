/* SPDX-License-Identifier: Apache-2.0 */
/* image set, update, retry, and the verbs of an image that is being made. */
#include "command/image_list.h"
#include "command/image_rename.h"
#include "command/image_resolve.h"
#include "command/image_version.h"
#include "command/nouns.h"
#include "command/subject_change.h"
#include "command/subject_refresh.h"
#include "command/subscription.h"
#include "command/text_at.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct replica_use {
    const char *image;
    const json_t *replicas; /* as they shall be */
    char catalog[80];
    char region[64];
};

static bool is_without_replica(void *context, const struct record *record)
{
    struct replica_use *use = context;
    json_t *data = json_loads(record->data, 0, NULL);
    const char *image = text_at(data, "image");
    bool lost = image && strcasecmp(image, use->image) == 0 && record->region;
    size_t i;
    json_t *replica;
    json_array_foreach((json_t *)use->replicas, i, replica) lost =
        lost && strcmp(json_string_value(replica), record->region) != 0;
    if (lost) {
        snprintf(use->catalog, sizeof use->catalog, "%s", record->name);
        snprintf(use->region, sizeof use->region, "%s", record->region);
    }
    json_decref(data);
    return !lost;
}

/* New machines of a catalog are made of the replica in its region. */
static int keep_replicas(struct context *context, const struct planned *image, const json_t *fields,
                         struct error *err)
{
    struct store *store = context_store(context, err);
    json_t *replicas = json_deep_copy(json_object_get(fields, "replica-region"));
    if (!replicas)
        replicas = json_array();
    json_array_append_new(replicas, json_string(image->subject.record.region));
    struct replica_use use = {.image = image->subject.record.name, .replicas = replicas};
    struct record_filter filter = {.kind = "catalog"};
    int result =
        store ? store->ops->record_each(store, &filter, is_without_replica, &use, err) : -1;
    json_decref(replicas);
    if (result == 0 && *use.catalog)
        result = error_set(err, ERROR_USAGE, "--replica-region",
                           "--replica-region: the catalog \"%s\" makes its machines of the replica "
                           "in %s: name that region too (the list is all there will be), or delete "
                           "the catalog first",
                           use.catalog, use.region);
    return result;
}

static int set(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    struct planned planned;
    int result = planned_open(context, "image", text_at(input->fields, "name"), &planned, err);
    if (result == 0)
        result = keep_replicas(context, &planned, input->plugin_fields, err);
    if (result == 0)
        result = planned_set_fields(context, input, &planned, input->plugin_fields, input->secrets,
                                    output, err);
    planned_clear(&planned);
    image_output(context, output);
    return result;
}

static int retry(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    int result =
        planned_retry(context, input, "image", text_at(input->fields, "name"), output, err);
    image_output(context, output);
    return result;
}

/* ---- prepared images ------------------------------------------------------------------------- */

static int take_newest(struct context *context, const char *name, const json_t *subscription,
                       const char *region, struct error *err)
{
    json_t *image = image_resolve_newest(context, name, subscription, region, err);
    int result = image ? image_version_keep(context, name, region,
                                            json_object_get(image, "learned"), true, err)
                       : -1;
    json_decref(image);
    return result;
}

static int update_section(struct context *context, const struct command_input *input,
                          const struct ini_section *section, struct command_output *output,
                          struct error *err)
{
    json_t *subscription =
        subscription_resolve(context, text_at(input->fields, "subscription"), err);
    json_t *regions = subscription ? image_version_regions(context, section->name, err) : NULL;
    int result = regions ? 0 : -1;
    if (result == 0 && json_object_size(regions) == 0)
        context_remark(context,
                       "the image \"%s\" is used in no region yet: its first use takes the "
                       "newest version",
                       section->name);
    const char *region;
    json_t *entry;
    json_object_foreach(regions, region, entry) if (result == 0) result =
        take_newest(context, section->name, subscription, region, err);
    json_decref(regions);
    json_decref(subscription);
    if (result == 0) {
        output->result = json_pack("{s:s}", "name", section->name);
        image_version_tell(context, section->name, output->result);
    }
    return result;
}

static int update(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    const char *name = text_at(input->fields, "name");
    const struct config *config = context_config(context, err);
    if (!config)
        return -1;
    const struct ini_section *section = config_image(config, name);
    if (section)
        return update_section(context, input, section, output, err);
    struct subject subject;
    if (image_load(context, name, &subject, err) < 0)
        return -1;
    error_set(err, ERROR_USAGE, "/name",
              "the image \"%s\" was made here and never changes by itself: make another of it "
              "(`flexhost image create build NEW --base-image %s`)",
              subject.record.name, subject.record.name);
    subject_clear(&subject);
    return -1;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

/* The verb is called as the row is; a secret is typed into the row and passed on. */
static int run_verb(struct context *context, const struct command_input *input,
                    struct command_output *output, struct error *err)
{
    json_t *typed = json_copy(input->fields);
    json_object_del(typed, "name");
    json_object_update(typed, input->secrets);
    int result =
        planned_run_verb(context, input, "image", input->command->verb, typed, output, err);
    json_decref(typed);
    if (!output->document)
        image_output(context, output);
    return result;
}

static int run(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    int result = planned_run(context, input, "image", output, err);
    if (!output->document)
        image_output(context, output);
    return result;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define IMAGE_NAME_FIELD PLANNED_NAME_FIELD("the image's name or id")

static const struct fh_field name_field[] = {IMAGE_NAME_FIELD};
static const struct fh_field rename_fields[] = {
    IMAGE_NAME_FIELD,
    {.name = "new-name",
     .type = "name",
     .flags = FH_FIELD_REQUIRED,
     .help = "what to call it from now on"},
};
static const struct fh_field update_fields[] = {
    IMAGE_NAME_FIELD,
    {.name = "subscription", .type = "string", .help = "the subscription that asks Azure"},
};
static const struct fh_field rdp_fields[] = {
    IMAGE_NAME_FIELD,
    {.name = "address",
     .type = "enum",
     .values = "public|private",
     .default_value = "public",
     .help = "which address of the building machine the file names"},
};
static const struct fh_field password_fields[] = {
    IMAGE_NAME_FIELD,
    {.name = "password",
     .type = "secret",
     .flags = FH_FIELD_REQUIRED,
     .help = "the new password of the building machine"},
};

static const struct command commands[] = {
    {.noun = "image",
     .verb = "set",
     .summary = "Change what may change of an image after it was made: notes, replicas",
     .description = "Takes the options of `image create` for the image's source; what is not given "
                    "stays. What cannot change is refused with what to do instead.",
     .permission = "image/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .plugin_kind = "image",
     .plugin_subject = "name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image set office --notes tested",
     .run = set},
    {.noun = "image",
     .verb = "rename",
     .summary = "Give an image another name; catalogs and images that use it follow",
     .permission = "image/update",
     .fields = rename_fields,
     .field_count = 2,
     .positional = "name new-name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image rename office office-2027",
     .run = image_rename},
    {.noun = "image",
     .verb = "update",
     .summary = "Take the newest version of a prepared image, for catalogs from now on",
     .description = "A prepared image keeps the version of its first use in a region; `image list "
                    "--refresh` shows newer ones.",
     .permission = "image/update",
     .fields = update_fields,
     .field_count = 2,
     .positional = "name",
     .example = "flexhost image update windows-server-2022",
     .run = update},
    {.noun = "image",
     .verb = "retry",
     .summary = "Try again what failed of an image, and mend what has changed in Azure",
     .permission = "image/update",
     .flags = COMMAND_CHANGES,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image retry office --dry-run",
     .run = retry},
    {.noun = "image",
     .verb = "rdp",
     .summary = "Print the file with which a remote desktop opens the building machine",
     .permission = "image/read",
     .fields = rdp_fields,
     .field_count = 2,
     .positional = "name",
     .example = "flexhost image rdp office",
     .run = run_verb},
    {.noun = "image",
     .verb = "power-on",
     .summary = "Start the building machine",
     .permission = "image/update",
     .flags = COMMAND_CHANGES,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image power-on office",
     .run = run_verb},
    {.noun = "image",
     .verb = "power-off",
     .summary = "Stop the building machine; it costs its disk alone then",
     .permission = "image/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image power-off office --yes",
     .run = run_verb},
    {.noun = "image",
     .verb = "set-password",
     .summary = "Change the password of the building machine, until the image is finished",
     .permission = "image/update",
     .flags = COMMAND_CHANGES,
     .fields = password_fields,
     .field_count = 2,
     .positional = "name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image set-password office --password-file password",
     .run = run_verb},
    {.noun = "image",
     .verb = "finish",
     .summary = "Check the building machine, make the image of it, and remove the machine",
     .permission = "image/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image finish office --yes",
     .run = run_verb},
    {.noun = "image",
     .verb = "check",
     .summary = "Run the checks of an image again, on a short-lived machine",
     .permission = "image/update",
     .flags = COMMAND_CHANGES,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image check office",
     .run = run_verb},
    {.noun = "image",
     .verb = "run",
     .summary = "Run a verb that the image's source declares",
     .permission = "image/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = planned_run_fields,
     .field_count = PLANNED_RUN_FIELDS,
     .positional = "name verb",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image run office idle",
     .run = run},
};

struct noun noun_image_edit(void)
{
    return (struct noun){"image", "", commands, sizeof commands / sizeof *commands};
}
