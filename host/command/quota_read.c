/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure says of sizes and quotas. */
#include "command/quota_read.h"

#include "azure/sync.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SKUS_API   "2021-07-01"
#define USAGES_API "2024-07-01"

enum { MOST_VCPUS = 100000, FORBIDDEN = 403 };

const char *quota_reading_keep(struct quota_reading *reading, const char *text)
{
    char *copy = text ? arena_copy(&reading->arena, text) : NULL;
    reading->failed |= text && !copy;
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

static void add_zones(struct quota_reading *reading, const json_t *names, const char **zones,
                      size_t *count)
{
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)names, i, name)
    {
        if (*count < QUOTA_ZONES && json_is_string(name))
            zones[(*count)++] = quota_reading_keep(reading, json_string_value(name));
    }
}

static bool is_of_region(const struct quota_reading *reading, const json_t *restriction)
{
    const json_t *info = json_object_get(restriction, "restrictionInfo");
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(info, "locations"), i, name)
    {
        if (is_text(json_string_value(name), reading->region))
            return true;
    }
    return json_array_size(json_object_get(info, "locations")) == 0;
}

static void add_restrictions(struct quota_reading *reading, const json_t *sku,
                             struct quota_offer *offer)
{
    size_t i;
    json_t *restriction;
    json_array_foreach(json_object_get(sku, "restrictions"), i, restriction)
    {
        const char *reason = text_at(restriction, "reasonCode");
        if (!is_of_region(reading, restriction))
            continue;
        if (is_text(text_at(restriction, "type"), "Zone"))
            add_zones(reading,
                      json_object_get(json_object_get(restriction, "restrictionInfo"), "zones"),
                      offer->restricted_zones, &offer->restricted_zone_count);
        else
            offer->restriction = quota_reading_keep(reading, reason ? reason : "restricted");
    }
}

static void take_sku(struct quota_reading *reading, const json_t *sku, struct quota_size *size)
{
    const json_t *here =
        item_with(json_object_get(sku, "locationInfo"), "location", reading->region);
    struct quota_offer *offer = arena_alloc(&reading->arena, sizeof *offer);
    if (!offer) {
        reading->failed = true;
        return;
    }
    offer->family = quota_reading_keep(reading, text_at(sku, "family"));
    offer->vcpus = vcpus_of(sku);
    add_zones(reading, json_object_get(here, "zones"), offer->zones, &offer->zone_count);
    add_restrictions(reading, sku, offer);
    if (here && offer->vcpus)
        size->offer = offer;
}

static bool take_skus(void *context, const json_t *values)
{
    struct quota_reading *reading = context;
    size_t i;
    json_t *sku;
    json_array_foreach((json_t *)values, i, sku)
    {
        if (!is_text(text_at(sku, "resourceType"), "virtualMachines"))
            continue;
        for (size_t j = 0; j < reading->size_count; j++)
            if (!reading->sizes[j].offer && is_text(text_at(sku, "name"), reading->sizes[j].name))
                take_sku(reading, sku, &reading->sizes[j]);
    }
    return !reading->failed;
}

/* ---- the quotas ---- */

static bool take_usages(void *context, const json_t *values)
{
    struct quota_reading *reading = context;
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)values, i, item)
    {
        const char *name =
            quota_reading_keep(reading, text_at(json_object_get(item, "name"), "value"));
        const json_t *limit = json_object_get(item, "limit");
        if (!name || !json_is_integer(limit))
            continue;
        if (reading->usage_count == reading->usage_room) {
            size_t room = reading->usage_room ? reading->usage_room * 2 : 128;
            struct quota_usage *grown = realloc(reading->usages, room * sizeof *grown);
            reading->failed |= !grown;
            if (!grown)
                return false;
            reading->usages = grown;
            reading->usage_room = room;
        }
        reading->usages[reading->usage_count++] =
            (struct quota_usage){name, json_integer_value(json_object_get(item, "currentValue")),
                                 json_integer_value(limit), 0};
    }
    return !reading->failed;
}

/* ---- asking ---- */

/* A question that Azure won't answer stops nobody: what does not fit will be refused machine by
 * machine. No answer at all would stop the creation as well. */
static int warn_unanswered(struct context *context, const struct quota_reading *reading, int status,
                           struct error *refusal, struct error *err)
{
    if (refusal->code != ERROR_AZURE && status != FORBIDDEN) {
        error_move(err, refusal);
        return -1;
    }
    context_warn(context,
                 "whether the machines fit into Azure's quota is not known, since it cannot be "
                 "read: %s; the credential \"%s\" needs Microsoft.Compute/skus/read and "
                 "Microsoft.Compute/locations/usages/read ([azure] quota-check = skip: not asked)",
                 error_text(refusal), reading->credential);
    error_clear(refusal);
    return 0;
}

int quota_read(struct context *context, struct quota_reading *reading, bool *answered,
               struct error *err)
{
    struct arm *arm = context_arm(context, err);
    const char *skus = arena_printf(&reading->arena,
                                    "/subscriptions/%s/providers/Microsoft.Compute/skus"
                                    "?$filter=location%%20eq%%20%%27%s%%27",
                                    reading->subscription, reading->region);
    const char *usages = arena_printf(
        &reading->arena, "/subscriptions/%s/providers/Microsoft.Compute/locations/%s/usages",
        reading->subscription, reading->region);
    struct error refusal = ERROR_INIT;
    int status = 0;
    *answered = false;
    if (!arm)
        return -1;
    if (!skus || !usages)
        return error_no_memory(err);
    if (arm_pages_wait(arm, reading->credential, skus, SKUS_API, take_skus, reading, &status,
                       &refusal) < 0 ||
        arm_pages_wait(arm, reading->credential, usages, USAGES_API, take_usages, reading, &status,
                       &refusal) < 0)
        return warn_unanswered(context, reading, status, &refusal, err);
    *answered = true;
    return reading->failed ? error_no_memory(err) : 0;
}

void quota_reading_clear(struct quota_reading *reading)
{
    free(reading->usages);
    arena_free(&reading->arena);
    memset(reading, 0, sizeof *reading);
}
