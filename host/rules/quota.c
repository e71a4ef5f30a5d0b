/* SPDX-License-Identifier: Apache-2.0 */
/* How many machines fit into what Azure grants. */
#include "rules/quota.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static bool has_zone(const char *const *zones, size_t count, const char *zone)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(zones[i], zone) == 0)
            return true;
    return false;
}

bool quota_zone_offered(const struct quota_offer *offer, const char *zone)
{
    if (!zone)
        return offer->zone_count == 0;
    return has_zone(offer->zones, offer->zone_count, zone) &&
           !has_zone(offer->restricted_zones, offer->restricted_zone_count, zone);
}

/* NULL: Azure names no such quota, and so holds nobody to one. */
static struct quota_usage *usage_find(struct quota_usage *usages, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcasecmp(usages[i].name, name) == 0)
            return &usages[i];
    return NULL;
}

static bool is_unlimited(const struct quota_usage *usage)
{
    return !usage || usage->limit < 0;
}

static int64_t left_of(const struct quota_usage *usage)
{
    int64_t used = usage->current > 0 ? usage->current : 0;
    int64_t left = usage->limit > used ? usage->limit - used : 0;
    return left > usage->planned ? left - usage->planned : 0;
}

/* Holds a size, of which one machine takes so much, against a quota. */
static void meet(struct quota_size *size, const struct quota_usage *usage, int64_t each)
{
    if (is_unlimited(usage) || left_of(usage) / each >= size->fits)
        return;
    size->fits = left_of(usage) / each;
    size->bound = usage;
    size->bound_planned = usage->planned;
    size->bound_need = size->wanted > INT64_MAX / each ? INT64_MAX : size->wanted * each;
}

static void plan_for(struct quota_usage *usage, int64_t machines, int64_t each)
{
    if (!is_unlimited(usage)) /* so that it is no more than the limit */
        usage->planned += machines * each;
}

int64_t quota_share(struct quota_usage *usages, size_t usage_count, struct quota_size *sizes,
                    size_t size_count, int64_t machines)
{
    struct quota_usage *cores = usage_find(usages, usage_count, QUOTA_CORES);
    struct quota_usage *count = usage_find(usages, usage_count, QUOTA_MACHINES);
    int64_t shared = 0;
    for (size_t i = 0; i < size_count; i++) {
        struct quota_size *size = &sizes[i];
        size->bound = NULL;
        size->wanted = machines - shared;
        size->fits = size->offer ? size->wanted : 0;
        if (!size->offer)
            continue;
        struct quota_usage *family = usage_find(usages, usage_count, size->offer->family);
        meet(size, family, size->offer->vcpus);
        meet(size, cores, size->offer->vcpus);
        meet(size, count, 1);
        plan_for(family, size->fits, size->offer->vcpus);
        plan_for(cores, size->fits, size->offer->vcpus);
        plan_for(count, size->fits, 1);
        shared += size->fits;
    }
    return shared;
}

void quota_explain(const struct quota_size *sizes, size_t count, struct text *out)
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        const struct quota_size *size = &sizes[i];
        if (!size->bound)
            continue;
        text_printf(out,
                    "%s%s: %" PRId64 " of %" PRId64 " fit (%s: limit %" PRId64 ", %" PRId64
                    " in use, ",
                    first ? "" : "; ", size->name, size->fits, size->wanted, size->bound->name,
                    size->bound->limit, size->bound->current);
        if (size->bound_planned)
            text_printf(out, "%" PRId64 " for the sizes before, ", size->bound_planned);
        text_printf(out, "%" PRId64 " needed)", size->bound_need);
        first = false;
    }
}
