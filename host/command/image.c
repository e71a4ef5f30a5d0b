/* SPDX-License-Identifier: Apache-2.0 */
/* image sources, create, list, show, delete, cancel. */
#include "base/text.h"
#include "command/admit.h"
#include "command/change.h"
#include "command/image_list.h"
#include "command/image_resolve.h"
#include "command/image_version.h"
#include "command/key.h"
#include "command/listing.h"
#include "command/machine_list.h"
#include "command/nouns.h"
#include "command/quota.h"
#include "command/references.h"
#include "command/request.h"
#include "command/subject_change.h"
#include "command/subject_refresh.h"
#include "command/subscription.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int sources(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    return list_plugins(context, "image", output, err);
}

/* ---- create ---------------------------------------------------------------------------------- */

/* Catalogs name images of both kinds. */
static int check_name(struct context *context, const char *name, struct error *err)
{
    const struct config *config = context_config(context, err);
    const struct ini_section *section = config ? config_image(config, name) : NULL;
    if (!config || request_check_name(context, "image", name, err) < 0)
        return -1;
    return section ? error_set(err, ERROR_USAGE, "/name",
                               "there is an image called \"%s\" already, in %s:%d: choose another "
                               "name",
                               section->name, section->file, section->line)
                   : 0;
}

/* Whether the region has the machine, and the quota takes one more. */
static int check_quota(struct context *context, const struct fh_field *field, const json_t *request,
                       struct error *err)
{
    const char *size = text_at(json_object_get(request, "fields"), field->name);
    char *label = text_format("--%s", field->name);
    json_t *sizes = json_pack("[{s:s, s:[]}]", "size", size, "zones");
    struct quota_demand demand = {
        .field = label, .sub_state = "ErrorBuilderNoQuota", .machines = 1, .sizes = sizes};
    int result = label && sizes ? quota_check(context, json_object_get(request, "subscription"),
                                              text_at(request, "region"), &demand, err)
                                : error_no_memory(err);
    json_decref(sizes);
    free(label);
    return result;
}

/* That of a field, or of the image that it is made of; 0: nobody says. */
static json_int_t generation_of(const json_t *request)
{
    json_int_t generation =
        json_integer_value(json_object_get(json_object_get(request, "fields"), "generation"));
    const char *field;
    json_t *offer;
    json_object_foreach(json_object_get(request, "references"), field, offer) if (generation == 0)
        generation = json_integer_value(json_object_get(offer, "generation"));
    return generation;
}

static int check_generation(struct context *context, const struct fh_field *field,
                            const json_t *request, struct error *err)
{
    const struct config *config = context_config(context, err);
    json_int_t generation = generation_of(request);
    const char *name = text_at(json_object_get(request, "fields"), field->name);
    const struct machine_size *size = config ? size_find(&config->sizes, name) : NULL;
    if (!size || generation == 0 || (generation == 1 ? size->generation_1 : size->generation_2))
        return config ? 0 : -1;
    char *label = text_format("--%s", field->name);
    error_set(
        err, ERROR_USAGE, label,
        "%s: %s starts no machine of generation %d, which the image is of: choose another size",
        label, name, (int)generation);
    free(label);
    return -1;
}

static int check_quotas(struct context *context, const struct plugin *plugin, const json_t *request,
                        struct error *err)
{
    const json_t *fields = json_object_get(request, "fields");
    for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        if (strcmp(field->type, "size") == 0 && text_at(fields, field->name) &&
            (check_generation(context, field, request, err) < 0 ||
             check_quota(context, field, request, err) < 0))
            return -1;
    }
    return 0;
}

/* An image that needs no work is a section of the INI, and no subject. */
static int require_work(struct context *context, const json_t *request, struct error *err)
{
    struct plan *plan = NULL;
    if (request_plan(context, request, &plan, err) < 0)
        return -1;
    bool works = plan_step_count(plan) > 0;
    plan_free(plan);
    return works ? 0
                 : error_set(err, ERROR_USAGE, "/source",
                             "the source \"%s\" makes nothing, so there is nothing to create: "
                             "write the section [image \"%s\"] into the configuration instead, "
                             "with source = %s and a line for each option",
                             text_at(request, "type"), text_at(request, "name"),
                             text_at(request, "type"));
}

static int create_checked(struct context *context, const struct command_input *input,
                          json_t *request, struct command_output *output, struct error *err)
{
    const struct plugin *plugin = input->plugin;
    if (request_check(context, plugin, request, input->secrets, NULL, err) < 0 ||
        references_keep_versions(context, request, !input->dry_run, err) < 0 ||
        require_work(context, request, err) < 0 || check_quotas(context, plugin, request, err) < 0)
        return -1;
    return planned_create(context, input, "image", request, json_object(), output, err);
}

/* Where its connection is; NULL with err set. */
static const char *choose_region(struct context *context, const struct command_input *input,
                                 const json_t *subscription, struct subject *connection,
                                 struct error *err)
{
    const char *typed = text_at(input->fields, "region");
    const char *region =
        references_region(context, input->plugin, input->plugin_fields, connection, err);
    if (err->code)
        return NULL;
    if (region && typed && strcmp(region, typed) != 0) {
        error_set(err, ERROR_USAGE, "--region",
                  "--region %s: the connection \"%s\" is in %s, and an image is made where its "
                  "connection is; leave --region out, or use a connection of %s",
                  typed, connection->record.name, region, typed);
        return NULL;
    }
    region = region ? region : typed ? typed : text_at(subscription, "region");
    if (!region)
        error_set(err, ERROR_USAGE, "--region",
                  "--region: missing, and the subscription \"%s\" has no default: give one "
                  "(`flexhost region list` shows them) or set region in [subscription \"%s\"]",
                  text_at(subscription, "name"), text_at(subscription, "name"));
    return region;
}

static int create(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    const char *name = text_at(input->fields, "name");
    if (check_name(context, name, err) < 0)
        return -1;
    json_t *subscription =
        subscription_resolve(context, text_at(input->fields, "subscription"), err);
    if (!subscription)
        return -1;
    struct subject connection = {0};
    struct request_parts parts = {.operation = "create",
                                  .kind = "image",
                                  .plugin = input->plugin,
                                  .name = name,
                                  .subscription = subscription,
                                  .region =
                                      choose_region(context, input, subscription, &connection, err),
                                  .fields = input->plugin_fields};
    json_t *request = parts.region ? request_new(context, &parts, err) : NULL;
    int result = request ? create_checked(context, input, request, output, err) : -1;
    image_output(context, output);
    json_decref(request);
    subject_clear(&connection);
    json_decref(subscription);
    return result;
}

/* ---- list and show --------------------------------------------------------------------------- */

/* Asks for the newest version wherever the image was used. */
static int look_for_newer(struct context *context, const char *name, const json_t *subscription,
                          struct error *err)
{
    json_t *regions = image_version_regions(context, name, err);
    int result = regions ? 0 : -1;
    const char *region;
    json_t *entry;
    json_object_foreach(regions, region, entry)
    {
        struct error failure = ERROR_INIT;
        json_t *image = image_resolve(context, name, subscription, region, &failure);
        if (!image)
            context_warn(context, "the image \"%s\" in %s: %s", name, region, error_text(&failure));
        else if (result == 0)
            result = image_version_keep(context, name, region, json_object_get(image, "learned"),
                                        false, err);
        json_decref(image);
        error_clear(&failure);
    }
    json_decref(regions);
    return result;
}

/* Whether an image of the INI was used, so that somebody has to ask for it. */
static bool has_versions(struct context *context, const struct config *config)
{
    bool has = false;
    for (size_t i = 0; !has && i < config->image_count; i++) {
        json_t *regions = image_version_regions(context, config->images[i]->name, NULL);
        has = json_object_size(regions) > 0;
        json_decref(regions);
    }
    return has;
}

static int refresh(struct context *context, const struct command_input *input, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct command_output shown = {0};
    if (!config)
        return -1;
    bool asks = has_versions(context, config);
    json_t *subscription =
        asks ? subscription_resolve(context, text_at(input->fields, "subscription"), err) : NULL;
    int result = asks && !subscription ? -1 : planned_refresh(context, "image", NULL, &shown, err);
    json_decref(shown.result);
    for (size_t i = 0; asks && result == 0 && i < config->image_count; i++)
        result = look_for_newer(context, config->images[i]->name, subscription, err);
    json_decref(subscription);
    return result;
}

/* Where images show their keys, those that are to be rotated are told of. */
static int warn_of_keys(struct context *context, const json_t *images, struct error *err)
{
    json_t *names = json_array();
    size_t i;
    json_t *image;
    json_array_foreach((json_t *)images, i, image)
    {
        json_t *key = json_object_get(image, "key");
        if (key)
            json_array_append(names, key);
    }
    int result = json_array_size(names) ? key_warn_due(context, names, err) : 0;
    json_decref(names);
    return result;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    bool asks = json_is_true(json_object_get(input->fields, "refresh"));
    if (!asks && text_at(input->fields, "subscription"))
        return error_set(err, ERROR_USAGE, "--subscription",
                         "--subscription says who asks Azure: give --refresh with it, or leave it "
                         "out");
    if (asks && refresh(context, input, err) < 0)
        return -1;
    output->result = image_list(context, err);
    return output->result ? warn_of_keys(context, output->result, err) : -1;
}

static json_t *find(const json_t *list, const char *name)
{
    size_t i;
    json_t *image;
    json_array_foreach((json_t *)list, i, image)
    {
        const char *id = text_at(image, "id");
        if (strcasecmp(text_at(image, "name"), name) == 0 || (id && strcmp(id, name) == 0))
            return image;
    }
    return NULL;
}

/* With --subscription and --region Azure is asked whether the image can be had there. */
static int add_resolved(struct context *context, const struct command_input *input, json_t *image,
                        struct error *err)
{
    const char *region = text_at(input->fields, "region");
    if (!region && text_at(input->fields, "subscription"))
        return error_set(err, ERROR_USAGE, "--subscription",
                         "--subscription says who asks for the image in a region: give --region "
                         "with it, or leave it out");
    if (!region)
        return 0;
    json_t *subscription =
        subscription_resolve(context, text_at(input->fields, "subscription"), err);
    json_t *resolved =
        subscription ? image_resolve(context, text_at(image, "name"), subscription, region, err)
                     : NULL;
    json_decref(subscription);
    if (!resolved)
        return -1;
    json_object_set_new(image, "image", resolved);
    return 0;
}

static int add_users(struct store *store, json_t *image, struct error *err)
{
    json_t *catalogs = json_array(), *images = json_array();
    json_object_set_new(image, "usedByCatalogs", catalogs);
    json_object_set_new(image, "usedByImages", images);
    const char *name = text_at(image, "name");
    if (subject_users(store, "catalog", "image", name, catalogs, err) < 0 ||
        subject_users(store, "image", "image", name, images, err) < 0)
        return -1;
    json_object_set_new(image, "machines", json_integer(machine_count(store, catalogs)));
    return 0;
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    const char *name = text_at(input->fields, "name");
    json_t *all = image_list(context, err);
    if (!all)
        return -1;
    json_t *image = json_incref(find(all, name));
    json_decref(all);
    if (!image)
        return error_set(err, ERROR_USAGE, "/name",
                         "there is no image called \"%s\": `flexhost image list` shows them", name);
    output->result = image;
    struct store *store = context_store(context, err);
    json_t *alone = json_pack("[O]", image);
    int warned = warn_of_keys(context, alone, err);
    json_decref(alone);
    if (warned < 0 || !store || add_users(store, image, err) < 0)
        return -1;
    return add_resolved(context, input, image, err);
}

/* ---- delete and cancel ----------------------------------------------------------------------- */

static int remove_image(struct context *context, const struct command_input *input, bool only_begun,
                        struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject subject;
    const char *name = text_at(input->fields, "name");
    if (!store || image_load(context, name, &subject, err) < 0)
        return -1;
    int result = 0;
    if (only_begun && json_object_get(json_object_get(subject.data, "exports"), "image"))
        result = error_set(err, ERROR_USAGE, "/name",
                           "the image \"%s\" is finished: there is nothing to cancel; `flexhost "
                           "image delete` removes it",
                           subject.record.name);
    if (result == 0)
        result = refuse_used_image(store, &subject, err);
    if (result == 0)
        result = change_delete(context, input, &subject, output, err);
    subject_clear(&subject);
    return result;
}

static int delete_image(struct context *context, const struct command_input *input,
                        struct command_output *output, struct error *err)
{
    return remove_image(context, input, false, output, err);
}

static int cancel(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    return remove_image(context, input, true, output, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct fh_field create_fields[] = {
    {.name = "source",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "where it comes from: `flexhost image sources` shows what there is"},
    {.name = "name",
     .type = "name",
     .flags = FH_FIELD_REQUIRED,
     .help = "what to call it: 1 to 64 letters, digits, spaces, '-', '_', '.'"},
    {.name = "subscription",
     .type = "string",
     .help = "the managed subscription (default: the only one there is)"},
    {.name = "region",
     .type = "region",
     .help = "the region (default: the connection's, or the subscription's)"},
};
static const struct fh_field name_field[] = {{.name = "name",
                                              .type = "string",
                                              .flags = FH_FIELD_REQUIRED,
                                              .help = "the image's name or id"}};
static const struct fh_field list_fields[] = {
    {.name = "refresh",
     .type = "bool",
     .help = "ask Azure how images are, and whether there are newer versions of prepared ones",
     .default_value = "no"},
    {.name = "subscription",
     .type = "string",
     .help = "with --refresh: the subscription that asks"},
};
static const struct fh_field show_fields[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "the image's name"},
    {.name = "region",
     .type = "region",
     .help = "ask Azure whether the image can be had in this region"},
    {.name = "subscription", .type = "string", .help = "with --region: the subscription that asks"},
};
static const struct column source_columns[] = {
    {"name", "SOURCE"}, {"version", "VERSION"}, {"summary", "SUMMARY"}};
static const struct command commands[] = {
    {.noun = "image",
     .verb = "sources",
     .summary = "List the image sources that plugins offer",
     .permission = "image/read",
     .columns = source_columns,
     .column_count = 3,
     .example = "flexhost image sources",
     .run = sources},
    {.noun = "image",
     .verb = "create",
     .summary = "Make an image: build one on a machine, or import a VHD",
     .description = "Checks the request against the configuration, the store and Azure, and "
                    "refuses with all that is wrong before anything is created or copied. An "
                    "image that fails a check of its own cannot be used.",
     .permission = "image/create",
     .flags = COMMAND_CHANGES,
     .fields = create_fields,
     .field_count = 4,
     .positional = "source name",
     .plugin_kind = "image",
     .plugin_field = "source",
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image create build office --base-image windows-server-2022 "
                "--allowed-address 203.0.113.7/32 --administrator builder "
                "--administrator-password-file password",
     .run = create},
    {.noun = "image",
     .verb = "list",
     .summary = "List the images that catalogs can use",
     .permission = "image/read",
     .fields = list_fields,
     .field_count = 2,
     .columns = image_columns,
     .column_count = IMAGE_COLUMNS,
     .example = "flexhost image list --refresh",
     .run = list},
    {.noun = "image",
     .verb = "show",
     .summary = "Show an image, its checks and the catalogs and images that use it",
     .permission = "image/read",
     .fields = show_fields,
     .field_count = 3,
     .positional = "name",
     .example = "flexhost image show ubuntu-22-04-multi --region westeurope",
     .run = show},
    {.noun = "image",
     .verb = "delete",
     .summary = "Delete an image that was built or imported",
     .permission = "image/delete",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .acknowledgement = "the image, its versions and every Azure resource that it created will be "
                        "removed.",
     .example = "flexhost image delete office --yes",
     .run = delete_image},
    {.noun = "image",
     .verb = "cancel",
     .summary = "Give up an image that is not finished, with the machine on which it is built",
     .permission = "image/delete",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .acknowledgement = "the building machine and all that was installed on it will be removed.",
     .example = "flexhost image cancel office --yes",
     .run = cancel},
};

struct noun noun_image(void)
{
    return (struct noun){"image", "Images from which machines are made", commands,
                         sizeof commands / sizeof *commands};
}
