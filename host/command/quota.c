/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's own quota. */
#include "command/quota.h"

#include "azure/sync.h"
#include "base/arena.h"
#include "command/text_at.h"
#include "rules/quota.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SKUS_API   "2021-07-01"
#define USAGES_API "2024-07-01"

enum { MOST_VCPUS = 100000, FORBIDDEN = 403 };

struct asking {
    struct context *context;
    struct arena arena;       /* holds what is kept of the answers */
    const char *subscription; /* its id */
    const char *called;
    const char *credential;
    const char *region;
    const struct quota_demand *demand;
    bool refuses;
    struct quota_size *sizes; /* as many as the demand has */
    size_t size_count;
    struct quota_usage *usages;
    size_t usage_count, usage_room;
    bool failed; /* memory ran out */
};

static const char *keep(struct asking *asking, const char *text)
{
    char *copy = text ? arena_copy(&asking->arena, text) : NULL;
    asking->failed |= text && !copy;
    return copy;
}

static bool is_text(const char *text, const char *wanted)
{
    return text && strcasecmp(text, wanted) == 0;
}

/* ---- the sizes ---- */

static const json_t *item_with(const json_t *list, const char *key, const char *value)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item)
    {
        if (is_text(text_at(item, key), value))
            return item;
    }
    return NULL;
}

static int64_t vcpus_of(const json_t *sku)
{
    const json_t *capability = item_with(json_object_get(sku, "capabilities"), "name", "vCPUs");
    const char *text = text_at(capability, "value");
    long long count = text ? strtoll(text, NULL, 10) : 0;
    return count >= 1 && count <= MOST_VCPUS ? count : 0;
}

static void add_zones(struct asking *asking, const json_t *names, const char **zones, size_t *count)
{
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)names, i, name)
    {
        if (*count < QUOTA_ZONES && json_is_string(name))
            zones[(*count)++] = keep(asking, json_string_value(name));
    }
}

static bool is_of_region(const struct asking *asking, const json_t *restriction)
{
    const json_t *info = json_object_get(restriction, "restrictionInfo");
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(info, "locations"), i, name)
    {
        if (is_text(json_string_value(name), asking->region))
            return true;
    }
    return json_array_size(json_object_get(info, "locations")) == 0;
}

static void add_restrictions(struct asking *asking, const json_t *sku, struct quota_offer *offer)
{
    size_t i;
    json_t *restriction;
    json_array_foreach(json_object_get(sku, "restrictions"), i, restriction)
    {
        const char *reason = text_at(restriction, "reasonCode");
        if (!is_of_region(asking, restriction))
            continue;
        if (is_text(text_at(restriction, "type"), "Zone"))
            add_zones(asking,
                      json_object_get(json_object_get(restriction, "restrictionInfo"), "zones"),
                      offer->restricted_zones, &offer->restricted_zone_count);
        else
            offer->restriction = keep(asking, reason ? reason : "restricted");
    }
}

static void take_sku(struct asking *asking, const json_t *sku, struct quota_size *size)
{
    const json_t *here =
        item_with(json_object_get(sku, "locationInfo"), "location", asking->region);
    struct quota_offer *offer = arena_alloc(&asking->arena, sizeof *offer);
    if (!offer) {
        asking->failed = true;
        return;
    }
    offer->family = keep(asking, text_at(sku, "family"));
    offer->vcpus = vcpus_of(sku);
    add_zones(asking, json_object_get(here, "zones"), offer->zones, &offer->zone_count);
    add_restrictions(asking, sku, offer);
    if (here && offer->vcpus)
        size->offer = offer;
}

static bool take_skus(void *context, const json_t *values)
{
    struct asking *asking = context;
    size_t i;
    json_t *sku;
    json_array_foreach((json_t *)values, i, sku)
    {
        if (!is_text(text_at(sku, "resourceType"), "virtualMachines"))
            continue;
        for (size_t j = 0; j < asking->size_count; j++)
            if (!asking->sizes[j].offer && is_text(text_at(sku, "name"), asking->sizes[j].name))
                take_sku(asking, sku, &asking->sizes[j]);
    }
    return !asking->failed;
}

/* ---- the quotas ---- */

static bool take_usages(void *context, const json_t *values)
{
    struct asking *asking = context;
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)values, i, item)
    {
        const char *name = keep(asking, text_at(json_object_get(item, "name"), "value"));
        const json_t *limit = json_object_get(item, "limit");
        if (!name || !json_is_integer(limit))
            continue;
        if (asking->usage_count == asking->usage_room) {
            size_t room = asking->usage_room ? asking->usage_room * 2 : 128;
            struct quota_usage *grown = realloc(asking->usages, room * sizeof *grown);
            asking->failed |= !grown;
            if (!grown)
                return false;
            asking->usages = grown;
            asking->usage_room = room;
        }
        asking->usages[asking->usage_count++] =
            (struct quota_usage){name, json_integer_value(json_object_get(item, "currentValue")),
                                 json_integer_value(limit), 0};
    }
    return !asking->failed;
}

/* ---- asking ---- */

/* A question that Azure won't answer stops nobody: what does not fit will be refused machine by
 * machine. No answer at all would stop the creation as well. */
static int warn_unanswered(struct asking *asking, int status, struct error *refusal,
                           struct error *err)
{
    if (refusal->code != ERROR_AZURE && status != FORBIDDEN) {
        error_move(err, refusal);
        return -1;
    }
    context_warn(asking->context,
                 "whether the machines fit into Azure's quota is not known, since it cannot be "
                 "read: %s; the credential \"%s\" needs Microsoft.Compute/skus/read and "
                 "Microsoft.Compute/locations/usages/read ([azure] quota-check = skip: not asked)",
                 error_text(refusal), asking->credential);
    error_clear(refusal);
    return 0;
}

/* *answered: false when Azure refuses to tell. */
static int ask(struct asking *asking, bool *answered, struct error *err)
{
    struct arm *arm = context_arm(asking->context, err);
    const char *skus = arena_printf(&asking->arena,
                                    "/subscriptions/%s/providers/Microsoft.Compute/skus"
                                    "?$filter=location%%20eq%%20%%27%s%%27",
                                    asking->subscription, asking->region);
    const char *usages = arena_printf(
        &asking->arena, "/subscriptions/%s/providers/Microsoft.Compute/locations/%s/usages",
        asking->subscription, asking->region);
    struct error refusal = ERROR_INIT;
    int status = 0;
    *answered = false;
    if (!arm)
        return -1;
    if (!skus || !usages)
        return error_no_memory(err);
    if (arm_pages_wait(arm, asking->credential, skus, SKUS_API, take_skus, asking, &status,
                       &refusal) < 0 ||
        arm_pages_wait(arm, asking->credential, usages, USAGES_API, take_usages, asking, &status,
                       &refusal) < 0)
        return warn_unanswered(asking, status, &refusal, err);
    *answered = true;
    return asking->failed ? error_no_memory(err) : 0;
}

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
                         size->name, asking->called, json_string_value(zone), asking->region);
    }
    return zones;
}

static void pass_over(struct asking *asking, struct quota_size *size, const char *why)
{
    context_warn(asking->context,
                 "Azure does not offer the size %s to the subscription \"%s\" in %s (%s): it is "
                 "left out",
                 size->name, asking->called, asking->region, why);
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
        struct quota_size *size = &asking->sizes[i];
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
                machines == 1 ? " is" : "s are", asking->region);
}

/* A warning where the configuration wants no more. */
static int refuse(struct asking *asking, const struct text *why, struct error *err)
{
    const struct quota_demand *demand = asking->demand;
    error_set(err, ERROR_USAGE, demand->field,
              "%s%s%s; raise the quota of the subscription \"%s\" in the Azure portal (Quotas, "
              "Compute, %s), or take another size, another region or another subscription",
              demand->field ? demand->field : "", demand->field ? ": " : "", text_get(why),
              asking->called, asking->region);
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
    for (size_t i = 0; i < asking->size_count; i++)
        text_printf(&why, "%s%s", i ? ", " : " ", asking->sizes[i].name);
    text_add(&why, " there");
    int result = refuse(asking, &why, err);
    text_free(&why);
    return result;
}

static int judge_quota(struct asking *asking, struct error *err)
{
    int64_t machines = asking->demand->machines;
    int64_t fit = quota_share(asking->usages, asking->usage_count, asking->sizes,
                              asking->size_count, machines);
    struct text details = {0}, why = {0};
    quota_explain(asking->sizes, asking->size_count, &details);
    int result = 0;
    if (fit < machines) {
        add_demand(asking, &why);
        text_printf(&why, ", and %" PRId64 " would fit into Azure's quota: %s", fit,
                    text_get(&details));
        result = refuse(asking, &why, err);
    } else if (details.length) {
        context_warn(asking->context, "%s in %s: the other machines take the next size",
                     text_get(&details), asking->region);
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
        for (i = 0; i < asking->size_count; i++)
            if (asking->sizes[i].bound && is_text(text_at(item, "size"), asking->sizes[i].name))
                json_object_set_new(item, "most", json_integer(asking->sizes[i].fits));
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

static int name_sizes(struct asking *asking, struct error *err)
{
    size_t i;
    json_t *item;
    asking->size_count = json_array_size(asking->demand->sizes);
    asking->sizes = arena_alloc(&asking->arena, (asking->size_count + 1) * sizeof *asking->sizes);
    if (!asking->sizes)
        return error_no_memory(err);
    json_array_foreach(asking->demand->sizes, i, item) asking->sizes[i].name =
        keep(asking, text_at(item, "size"));
    return asking->failed ? error_no_memory(err) : 0;
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
                            .subscription = text_at(subscription, "id"),
                            .called = text_at(subscription, "name"),
                            .credential = text_at(subscription, "credential"),
                            .region = region,
                            .demand = demand,
                            .refuses = strcmp(config->azure.quota_check, "refuse") == 0};
    bool answered = false;
    int result = name_sizes(&asking, err);
    if (result == 0)
        result = ask(&asking, &answered, err);
    if (result == 0 && answered)
        result = judge(&asking, err);
    free(asking.usages);
    arena_free(&asking.arena);
    return result;
}
