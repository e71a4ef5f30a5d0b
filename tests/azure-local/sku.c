/* SPDX-License-Identifier: Apache-2.0 */
/* Which sizes there are, and how much of the quota is used. */
#include "compute.h"

#include "text.h"
#include "world.h"

static void add_capability(json_t *list, const char *name, const char *value)
{
    json_array_append_new(list, json_pack("{s:s,s:s}", "name", name, "value", value));
}

static json_t *sku_of(struct exchange *x, const struct size *size, const struct region *region)
{
    json_t *able = json_array();
    json_t *zones = region->zones ? json_pack("[s,s,s]", "1", "2", "3") : json_array();

    add_capability(able, "vCPUs", pool_print(&x->pool, "%d", size->cores));
    add_capability(able, "MemoryGB", pool_print(&x->pool, "%d", size->memory_gb));
    add_capability(able, "MaxDataDiskCount", pool_print(&x->pool, "%d", size->disks));
    add_capability(able, "HyperVGenerations", size->generation1 ? "V1,V2" : "V2");
    add_capability(able, "PremiumIO", size->premium ? "True" : "False");
    add_capability(able, "CpuArchitectureType", "x64");
    add_capability(able, "vCPUsAvailable", pool_print(&x->pool, "%d", size->cores));
    add_capability(able, "vCPUsPerCore", size->cores > 1 ? "2" : "1");
    add_capability(able, "OSVhdSizeMB", "1047552");
    add_capability(able, "MaxResourceVolumeMB", "0");
    add_capability(able, "MaxNetworkInterfaces", size->cores > 4 ? "4" : "2");
    add_capability(able, "AcceleratedNetworkingEnabled", size->cores > 1 ? "True" : "False");
    add_capability(able, "EncryptionAtHostSupported", "True");
    add_capability(able, "EphemeralOSDiskSupported", "False");
    add_capability(able, "LowPriorityCapable", "True");
    add_capability(able, "RdmaEnabled", "False");
    if (starts_with(size->name, "Standard_NV"))
        add_capability(able, "GPUs", "1");
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:[s],s:[{s:s,s:o,s:[]}],s:o,s:o}", "resourceType",
                     "virtualMachines", "name", size->name, "tier", "Standard", "size",
                     size->name + 9, "family", size->family, "locations", region->name,
                     "locationInfo", "location", region->name, "zones", zones, "zoneDetails",
                     "capabilities", able, "restrictions",
                     capacity_restrictions(x, size->name, region->name));
}

int compute_skus(struct exchange *x)
{
    const char *filter = query(x, "$filter");
    json_t *list = json_array();
    const struct region *region;
    const struct size *size;

    for (size_t i = 0; (region = region_at(i)); i++) {
        if (filter && !text_matches(pool_print(&x->pool, "*'%s'*", region->name), filter))
            continue;
        for (size_t k = 0; (size = size_at(k)); k++)
            json_array_append_new(list, sku_of(x, size, region));
    }
    return arm_reply_page(x, list);
}

static const struct region *asked_region(struct exchange *x)
{
    const struct region *region = region_find(x->path.segment[5]);

    if (!region)
        refuse(x, 400, "NoRegisteredProviderFound",
               "No registered resource provider found for location '%s'.", x->path.segment[5]);
    return region;
}

int compute_usages(struct exchange *x)
{
    const struct region *region = asked_region(x);

    return region ? arm_reply_page(x, capacity_usages(x, x->path.subscription, region->name)) : -1;
}

int compute_sizes(struct exchange *x)
{
    json_t *list = json_array();
    const struct size *size;

    if (!asked_region(x)) {
        json_decref(list);
        return -1;
    }
    for (size_t i = 0; (size = size_at(i)); i++)
        json_array_append_new(
            list, json_pack("{s:s,s:i,s:i,s:i,s:i,s:i}", "name", size->name, "numberOfCores",
                            size->cores, "osDiskSizeInMB", 1047552, "resourceDiskSizeInMB", 0,
                            "memoryInMB", size->memory_gb * 1024, "maxDataDiskCount", size->disks));
    return reply(x, 200, json_pack("{s:o}", "value", list));
}
