/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog's desired state: one write a machine, its interface and disk inside it. */
#include "command/catalog_plan.h"

#include "base/arena.h"
#include "command/text_at.h"
#include "rules/naming.h"
#include "rules/spread.h"

#include <stdlib.h>
#include <string.h>

#define COMPUTE_API "2024-07-01"
#define GROUP_API   "2024-07-01"

enum {
    MOST_PLACES = 64,
    MOST_SIZES = 16,
    MACHINE_SECONDS = 90, /* what Azure usually takes */
    JOIN_SECONDS = 180
};

struct planning {
    struct plan *plan;
    struct arena arena;
    const json_t *catalog;
    const char *region;
    const char *group;      /* path of the resource group */
    const char *collection; /* path of its list of machines */
    struct spread_size sizes[MOST_SIZES];
    size_t size_count;
};

static int read_sizes(struct planning *planning, struct error *err)
{
    const json_t *sizes = json_object_get(planning->catalog, "sizes");
    size_t i, j;
    json_t *size, *zone;
    json_array_foreach((json_t *)sizes, i, size)
    {
        if (i == MOST_SIZES)
            return error_set(err, ERROR_USAGE, "/size",
                             "more than %d sizes: name fewer backup sizes", MOST_SIZES);
        const json_t *zones = json_object_get(size, "zones");
        const char **names =
            arena_alloc(&planning->arena, (json_array_size(zones) + 1) * sizeof *names);
        if (!names)
            return error_no_memory(err);
        json_array_foreach((json_t *)zones, j, zone) names[j] = json_string_value(zone);
        planning->sizes[planning->size_count++] =
            (struct spread_size){text_at(size, "size"), names, json_array_size(zones)};
    }
    return planning->size_count
               ? 0
               : error_set(err, ERROR_USAGE, "/size", "the request names no machine size");
}

static json_t *zones_json(const struct placement *place)
{
    return place->zone ? json_pack("[s]", place->zone) : NULL;
}

/* The places after the first, as patches of the body: null takes a zone away (RFC 7396). */
static json_t *alternatives_json(const struct placement *places, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 1; i < count; i++)
        json_array_append_new(list,
                              json_pack("{s:o, s:{s:{s:s}}}", "zones",
                                        places[i].zone ? zones_json(&places[i]) : json_null(),
                                        "properties", "hardwareProfile", "vmSize", places[i].size));
    return list;
}

static json_t *interface_json(const struct planning *planning)
{
    return json_pack("{s:s, s:[{s:s, s:{s:b, s:s, s:[{s:s, s:{s:b, s:{s:O}}}]}}]}",
                     "networkApiVersion", "2020-11-01", "networkInterfaceConfigurations", "name",
                     "nic", "properties", "primary", 1, "deleteOption", "Delete",
                     "ipConfigurations", "name", "ipconfig", "properties", "primary", 1, "subnet",
                     "id", json_object_get(planning->catalog, "subnetId"));
}

static json_t *storage_json(const struct planning *planning, const char *name)
{
    const json_t *image = json_object_get(planning->catalog, "image");
    json_t *disk =
        json_pack("{s:s+, s:s, s:s, s:s, s:{s:O}}", "name", name, "-os", "createOption",
                  "FromImage", "deleteOption", "Delete", "caching", "ReadWrite", "managedDisk",
                  "storageAccountType", json_object_get(planning->catalog, "diskSku"));
    json_int_t gib = json_integer_value(json_object_get(planning->catalog, "diskGib"));
    if (gib > 0)
        json_object_set_new(disk, "diskSizeGB", json_integer(gib));
    return json_pack("{s:O, s:o}", "imageReference", json_object_get(image, "reference"), "osDisk",
                     disk);
}

/* A specialized image brings its accounts along; Azure refuses a profile with it. */
static json_t *os_profile_json(const struct planning *planning, const char *name)
{
    const json_t *image = json_object_get(planning->catalog, "image");
    if (json_is_true(json_object_get(image, "specialized")))
        return NULL;
    char computer[NAMING_LONGEST + 1];
    naming_computer_name(name, computer);
    json_t *profile = json_pack("{s:s, s:O, s:s}", "computerName", computer, "adminUsername",
                                json_object_get(planning->catalog, "administrator"),
                                "adminPassword", "${secret:administrator-password}");
    const char *os = text_at(image, "os");
    bool windows = os && strcmp(os, "Windows") == 0;
    if (windows)
        json_object_set_new(
            profile, "windowsConfiguration",
            json_pack("{s:b, s:b}", "provisionVMAgent", 1, "enableAutomaticUpdates", 0));
    else
        json_object_set_new(
            profile, "linuxConfiguration",
            json_pack("{s:b, s:b}", "provisionVMAgent", 1, "disablePasswordAuthentication", 0));
    return profile;
}

static json_t *machine_json(const struct planning *planning, const char *name,
                            const struct placement *place)
{
    json_t *properties =
        json_pack("{s:{s:s}, s:o, s:o, s:o*}", "hardwareProfile", "vmSize", place->size,
                  "storageProfile", storage_json(planning, name), "networkProfile",
                  interface_json(planning), "osProfile", os_profile_json(planning, name));
    if (json_is_true(json_object_get(planning->catalog, "secureBoot")))
        json_object_set_new(properties, "securityProfile",
                            json_pack("{s:s, s:{s:b, s:b}}", "securityType", "TrustedLaunch",
                                      "uefiSettings", "secureBootEnabled", 1, "vTpmEnabled", 1));
    return json_pack("{s:s, s:o*, s:o}", "location", planning->region, "zones", zones_json(place),
                     "properties", properties);
}

static int add_json_step(struct planning *planning, struct fh_step *step, json_t *body,
                         struct error *err)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (!text)
        return error_no_memory(err);
    step->struct_size = sizeof *step;
    step->body = text;
    int result = plan_add(planning->plan, step, err);
    free(text);
    return result;
}

static int add_group(struct planning *planning, struct error *err)
{
    struct fh_step step = {.key = "resource-group",
                           .title = "resource group",
                           .method = "PUT",
                           .path = planning->group,
                           .api_version = GROUP_API,
                           .flags = FH_STEP_TAGS};
    return add_json_step(planning, &step, json_pack("{s:s}", "location", planning->region), err);
}

/* What is seen of a machine later, without asking Azure again. */
static const struct fh_output machine_outputs[] = {
    {.name = "networkInterfaceId", .pointer = "/properties/networkProfile/networkInterfaces/0/id"},
    {.name = "size", .pointer = "/properties/hardwareProfile/vmSize"},
    {.name = "zone", .pointer = "/zones/0"},
    {.name = "id", .pointer = "/id"},
};

static int add_machine(struct planning *planning, const char *name, size_t number,
                       struct error *err)
{
    struct placement places[MOST_PLACES];
    size_t count =
        spread_alternatives(planning->sizes, planning->size_count, number, places, MOST_PLACES);
    static const char *const after[] = {"resource-group"};
    char key[NAMING_TEXT + 16], title[NAMING_TEXT + 16], path[512];
    snprintf(key, sizeof key, "machine/%s", name);
    snprintf(title, sizeof title, "machine %s", name);
    snprintf(path, sizeof path, "%s/%s", planning->collection, name);
    json_t *others = alternatives_json(places, count);
    char *alternatives = others ? json_dumps(others, JSON_COMPACT) : NULL;
    json_decref(others);
    if (!alternatives || count == 0) {
        free(alternatives);
        return error_no_memory(err);
    }
    struct fh_step step = {.key = key,
                           .title = title,
                           .method = "PUT",
                           .path = path,
                           .api_version = COMPUTE_API,
                           .flags = FH_STEP_TAGS,
                           .after = after,
                           .after_count = 1,
                           .outputs = machine_outputs,
                           .output_count = sizeof machine_outputs / sizeof *machine_outputs,
                           .output_size = sizeof *machine_outputs,
                           .expected_seconds = MACHINE_SECONDS,
                           .part = key,
                           .failed_status = "Error",
                           .alternatives = alternatives,
                           .collection = planning->collection};
    int result = add_json_step(planning, &step, machine_json(planning, name, &places[0]), err);
    free(alternatives);
    return result;
}

static int add_join(struct planning *planning, const char *name, const json_t *join,
                    struct error *err)
{
    char machine[NAMING_TEXT + 16], key[NAMING_TEXT + 32], title[NAMING_TEXT + 32], path[544];
    snprintf(machine, sizeof machine, "machine/%s", name);
    snprintf(key, sizeof key, "machine/%s/join", name);
    snprintf(title, sizeof title, "domain join of %s", name);
    snprintf(path, sizeof path, "%s/%s/extensions/JoinDomain", planning->collection, name);
    const char *after[] = {machine};
    struct fh_step step = {.key = key,
                           .title = title,
                           .method = "PUT",
                           .path = path,
                           .api_version = COMPUTE_API,
                           .after = after,
                           .after_count = 1,
                           .expected_seconds = JOIN_SECONDS,
                           .part = machine,
                           .failed_status = "Error",
                           .undo_method = "NONE"}; /* goes with its machine */
    json_t *body = json_pack(
        "{s:s, s:{s:s, s:s, s:s, s:b, s:{s:O, s:O, s:O*, s:s, s:s}, s:{s:s}}}", "location",
        planning->region, "properties", "publisher", "Microsoft.Compute", "type",
        "JsonADDomainExtension", "typeHandlerVersion", "1.3", "autoUpgradeMinorVersion", 1,
        "settings", "Name", json_object_get(join, "domain"), "User",
        json_object_get(join, "account"), "OUPath", json_object_get(join, "ou"), "Restart", "true",
        "Options", "3", "protectedSettings", "Password", "${secret:service-account-password}");
    return add_json_step(planning, &step, body, err);
}

static int add_machines(struct planning *planning, struct error *err)
{
    const json_t *join = json_object_get(planning->catalog, "join");
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(planning->catalog, "machines"), i, name)
    {
        if (add_machine(planning, json_string_value(name), i, err) < 0)
            return -1;
        if (join && add_join(planning, json_string_value(name), join, err) < 0)
            return -1;
    }
    return 0;
}

int catalog_plan(struct context *context, const json_t *request, struct plan **plan,
                 struct error *err)
{
    const char *subscription = text_at(json_object_get(request, "subscription"), "id");
    struct planning planning = {.plan = plan_new(),
                                .catalog = json_object_get(request, "catalog"),
                                .region = text_at(request, "region")};
    planning.group = arena_printf(&planning.arena, "/subscriptions/%s/resourceGroups/%s",
                                  subscription, text_at(request, "resourceGroup"));
    planning.collection = arena_printf(
        &planning.arena, "%s/providers/Microsoft.Compute/virtualMachines", planning.group);
    int result = -1;
    if (!planning.plan || !planning.group || !planning.collection)
        error_no_memory(err);
    else if (plan_set_tags(planning.plan, json_object_get(request, "tags"), err) == 0 &&
             read_sizes(&planning, err) == 0 && add_group(&planning, err) == 0 &&
             add_machines(&planning, err) == 0)
        result = plan_finish(planning.plan, err);
    arena_free(&planning.arena);
    if (result < 0) {
        plan_free(planning.plan);
        planning.plan = NULL;
    }
    *plan = planning.plan;
    return result;
}
