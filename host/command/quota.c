/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's own quota. */
#include "command/quota.h"

#include "command/quota_read.h"
#include "command/text_at.h"

#include <inttypes.h>
#include <string.h>

struct asking {
    struct context *context;
    const struct quota_demand *demand;
    const char *called; /* the subscription's name */
    bool refuses;
    struct quota_reading reading;
};

/* ---- what cannot be had ---- */

/* The zones of a size that can be had; none: in the region alone, where the size has no zones. */
static json_t *zones_offered(struct asking *asking, const struct quota_size *size,
                             const json_t *wanted)
{
    json_t *zones = json_array();
    size_t i;
    json_t *zone;
    json_array_foreach((json_t *)wanted, i, zone)
    {
        if (quota_zone_offered(size->offer, json_string_value(zone)))
            json_array_append(zones, zone);
        else if (size->offer->zone_count > 0)
            context_warn(asking->context,
                         "Azure does not offer the size %s to the subscription \"%s\" in zone %s "
                         "of %s: the zone is left out for it",
                         size->name, asking->called, json_string_value(zone),
                         asking->reading.region);
    }
    return zones;
}

static void pass_over(struct asking *asking, struct quota_size *size, const char *why)
{
    context_warn(asking->context,
                 "Azure does not offer the size %s to the subscription \"%s\" in %s (%s): it is "
                 "left out",
                 size->name, asking->called, asking->reading.region, why);
    size->offer = NULL;
}

/* A new list of the sizes and zones that are offered. */
static json_t *sizes_offered(struct asking *asking)
{
    json_t *sizes = json_array();
    size_t i;
    json_t *item;
    json_array_foreach(asking->demand->sizes, i, item)
    {
        struct quota_size *size = &asking->reading.sizes[i];
        const json_t *wanted = json_object_get(item, "zones");
        if (!size->offer || size->offer->restriction) {
            pass_over(asking, size, size->offer ? size->offer->restriction : "unknown there");
            continue;
        }
        json_t *zones = zones_offered(asking, size, wanted);
        bool nowhere = json_array_size(wanted) > 0 && json_array_size(zones) == 0 &&
                       size->offer->zone_count > 0;
        if (nowhere)
            pass_over(asking, size, "in none of its zones");
        else
            json_array_append_new(sizes,
                                  json_pack("{s:s, s:O}", "size", size->name, "zones", zones));
        json_decref(zones);
    }
    return sizes;
}

/* ---- the verdict ---- */

/* "3 machines are needed in westeurope" */
static void add_demand(const struct asking *asking, struct text *why)
{
    int64_t machines = asking->demand->machines;
    text_printf(why, "%" PRId64 " machine%s needed in %s", machines,
                machines == 1 ? " is" : "s are", asking->reading.region);
}

/* A warning where the configuration wants no more. */
static int refuse(struct asking *asking, const struct text *why, struct error *err)
{
    const struct quota_demand *demand = asking->demand;
    error_set(err, ERROR_USAGE, demand->field,
              "%s%s%s; raise the quota of the subscription \"%s\" in the Azure portal (Quotas, "
              "Compute, %s), or take another size, another region or another subscription",
              demand->field ? demand->field : "", demand->field ? ": " : "", text_get(why),
              asking->called, asking->reading.region);
    error_set_sub_state(err, demand->sub_state);
    if (asking->refuses)
        return -1;
    context_warn(asking->context, "%s", error_text(err));
    error_clear(err);
    return 0;
}

static int refuse_unoffered(struct asking *asking, struct error *err)
{
    struct text why = {0};
    add_demand(asking, &why);
    text_add(&why, ", and Azure offers the subscription none of the sizes");
    for (size_t i = 0; i < asking->reading.size_count; i++)
        text_printf(&why, "%s%s", i ? ", " : " ", asking->reading.sizes[i].name);
    text_add(&why, " there");
    int result = refuse(asking, &why, err);
    text_free(&why);
    return result;
}

static int judge_quota(struct asking *asking, struct error *err)
{
    int64_t machines = asking->demand->machines;
    int64_t fit = quota_share(asking->reading.usages, asking->reading.usage_count,
                              asking->reading.sizes, asking->reading.size_count, machines);
    struct text details = {0}, why = {0};
    quota_explain(asking->reading.sizes, asking->reading.size_count, &details);
    int result = 0;
    if (fit < machines) {
        add_demand(asking, &why);
        text_printf(&why, ", and %" PRId64 " would fit into Azure's quota: %s", fit,
                    text_get(&details));
        result = refuse(asking, &why, err);
    } else if (details.length) {
        context_warn(asking->context, "%s in %s: the other machines take the next size",
                     text_get(&details), asking->reading.region);
    }
    text_free(&details);
    text_free(&why);
    return result;
}

/* So that the machines beyond it need not be refused by Azure first. */
static void note_shares(struct asking *asking)
{
    size_t i, j;
    json_t *item;
    json_array_foreach(asking->demand->sizes, j, item)
    {
        for (i = 0; i < asking->reading.size_count; i++)
            if (asking->reading.sizes[i].bound &&
                strcmp(text_at(item, "size"), asking->reading.sizes[i].name) == 0)
                json_object_set_new(item, "most", json_integer(asking->reading.sizes[i].fits));
    }
}

static int judge(struct asking *asking, struct error *err)
{
    json_t *sizes = sizes_offered(asking);
    int result;
    if (json_array_size(sizes) == 0) {
        result = refuse_unoffered(asking, err);
    } else {
        json_array_clear(asking->demand->sizes);
        json_array_extend(asking->demand->sizes, sizes);
        result = judge_quota(asking, err);
        note_shares(asking);
    }
    json_decref(sizes);
    return result;
}

static int name_sizes(struct quota_reading *reading, const json_t *sizes, struct error *err)
{
    size_t i;
    json_t *item;
    reading->size_count = json_array_size(sizes);
    reading->sizes =
        arena_alloc(&reading->arena, (reading->size_count + 1) * sizeof *reading->sizes);
    if (!reading->sizes)
        return error_no_memory(err);
    json_array_foreach((json_t *)sizes, i, item) reading->sizes[i].name =
        quota_reading_keep(reading, text_at(item, "size"));
    return reading->failed ? error_no_memory(err) : 0;
}

int quota_check(struct context *context, const json_t *subscription, const char *region,
                const struct quota_demand *demand, struct error *err)
{
    const struct config *config = context_config(context, err);
    if (!config)
        return -1;
    if (strcmp(config->azure.quota_check, "skip") == 0)
        return 0;
    struct asking asking = {.context = context,
                            .called = text_at(subscription, "name"),
                            .demand = demand,
                            .refuses = strcmp(config->azure.quota_check, "refuse") == 0,
                            .reading = {.subscription = text_at(subscription, "id"),
                                        .credential = text_at(subscription, "credential"),
                                        .region = region}};
    bool answered = false;
    int result = name_sizes(&asking.reading, demand->sizes, err);
    if (result == 0)
        result = quota_read(context, &asking.reading, &answered, err);
    if (result == 0 && answered)
        result = judge(&asking, err);
    quota_reading_clear(&asking.reading);
    return result;
}
