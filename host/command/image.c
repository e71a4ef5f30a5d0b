/* SPDX-License-Identifier: Apache-2.0 */
/* image sources, list, show. */
#include "command/image_resolve.h"
#include "command/listing.h"
#include "command/nouns.h"
#include "command/store_view.h"
#include "command/subscription.h"
#include "command/text_at.h"

#include <strings.h>

static int sources(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    return list_plugins(context, "image", output, err);
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    output->result = image_list(context, err);
    return output->result ? 0 : -1;
}

static json_t *find(const json_t *list, const char *name)
{
    size_t i;
    json_t *image;
    json_array_foreach((json_t *)list, i,
                       image) if (strcasecmp(text_at(image, "name"), name) == 0) return image;
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
    json_t *catalogs = json_array();
    json_object_set_new(image, "usedByCatalogs", catalogs);
    if (subject_users(context_store(context, err), "catalog", "image", text_at(image, "name"),
                      catalogs, err) < 0)
        return -1;
    return add_resolved(context, input, image, err);
}

static const struct fh_field show_fields[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "the image's name"},
    {.name = "region",
     .type = "region",
     .help = "ask Azure whether the image can be had in this region"},
    {.name = "subscription", .type = "string", .help = "with --region: the subscription that asks"},
};
static const struct column source_columns[] = {
    {"name", "SOURCE"}, {"version", "VERSION"}, {"summary", "SUMMARY"}};
static const struct column columns[] = {
    {"name", "NAME"},    {"source", "SOURCE"},         {"statusLabel", "STATUS"},
    {"os", "OS"},        {"generation", "GENERATION"}, {"sessions", "SESSIONS"},
    {"region", "REGION"}};
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
     .verb = "list",
     .summary = "List the images that catalogs can use",
     .permission = "image/read",
     .columns = columns,
     .column_count = 7,
     .example = "flexhost image list",
     .run = list},
    {.noun = "image",
     .verb = "show",
     .summary = "Show an image and the catalogs that use it",
     .permission = "image/read",
     .fields = show_fields,
     .field_count = 3,
     .positional = "name",
     .columns = columns,
     .column_count = 7,
     .example = "flexhost image show ubuntu-22-04-multi --region westeurope",
     .run = show},
};

struct noun noun_image(void)
{
    return (struct noun){"image", "Images from which machines are made", commands,
                         sizeof commands / sizeof *commands};
}
