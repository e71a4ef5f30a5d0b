/* SPDX-License-Identifier: Apache-2.0 */
/* region list: where machines may run. */
#include "command/nouns.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

static json_t *region_json(const struct region *region)
{
    json_t *zones = json_array();
    for (size_t i = 0; i < region->zone_count; i++)
        json_array_append_new(zones, json_string(region->zones[i]));
    return json_pack("{s:s, s:s, s:s, s:o}", "name", region->name, "displayName", region->display,
                     "geography", region->geography, "zones", zones);
}

/* The table's geographies are the rule, so the refusal names them. */
static int refuse_geography(const struct region_table *regions, const char *geography,
                            struct error *err)
{
    struct text all = {0};
    for (size_t i = 0; i < regions->count; i++)
        if (i == 0 || strcmp(regions->regions[i].geography, regions->regions[i - 1].geography) != 0)
            text_printf(&all, "%s%s", i ? ", " : "", regions->regions[i].geography);
    error_set(err, ERROR_USAGE, "--geography",
              "there is no geography \"%s\": give one of %s, or leave --geography out", geography,
              text_get(&all));
    text_free(&all);
    return -1;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    const struct config *config = context_config(context, err);
    if (!config)
        return -1;
    const char *geography = json_string_value(json_object_get(input->fields, "geography"));
    output->result = json_array();
    for (size_t i = 0; i < config->regions.count; i++) {
        const struct region *region = &config->regions.regions[i];
        if (!geography || strcasecmp(geography, region->geography) == 0)
            json_array_append_new(output->result, region_json(region));
    }
    if (geography && json_array_size(output->result) == 0)
        return refuse_geography(&config->regions, geography, err);
    return 0;
}

static const struct fh_field list_fields[] = {
    {.name = "geography",
     .type = "string",
     .help = "only the regions of this geography, e.g. \"Europe\""},
};
static const struct column columns[] = {
    {"geography", "GEOGRAPHY"}, {"displayName", "REGION"}, {"name", "NAME"}, {"zones", "ZONES"}};
static const struct command commands[] = {
    {.noun = "region",
     .verb = "list",
     .summary = "List the regions in which machines can be created",
     .permission = "region/read",
     .fields = list_fields,
     .field_count = 1,
     .columns = columns,
     .column_count = 4,
     .example = "flexhost region list",
     .run = list},
};

struct noun noun_region(void)
{
    return (struct noun){"region", "Azure regions in which machines can run", commands,
                         sizeof commands / sizeof *commands};
}
