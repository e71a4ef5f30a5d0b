/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog's desired state: one write a machine, its interface and disk inside it. */
#include "command/catalog_plan.h"

#include "base/arena.h"
#include "base/json_text.h"
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
    json_int_t most[MOST_SIZES]; /* machines that begin with the size; -1: all that are left */
    size_t size_count;
    /* What the machines have in common is made once and shared by their bodies. */
    json_t *network;
    json_t *security;
    json_t *os_configuration;
    const char **alternatives; /* as text, by the machine's number modulo their count */
    size_t period;
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
        const json_t *most = json_object_get(size, "most");
        planning->most[planning->size_count] = most ? json_integer_value(most) : -1;
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

static json_t *network_json(const struct planning *planning)
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
    const json_t *encryption = json_object_get(image, "diskEncryptionSetId");
    if (encryption)
        json_object_set_new(json_object_get(disk, "managedDisk"), "diskEncryptionSet",
                            json_pack("{s:O}", "id", encryption));
    json_int_t gib = json_integer_value(json_object_get(planning->catalog, "diskGib"));
    if (gib > 0)
        json_object_set_new(disk, "diskSizeGB", json_integer(gib));
    return json_pack("{s:O, s:o}", "imageReference", json_object_get(image, "reference"), "osDisk",
                     disk);
}

static json_t *os_configuration_json(const struct planning *planning)
{
    const char *os = text_at(json_object_get(planning->catalog, "image"), "os");
    if (os && strcmp(os, "Windows") == 0)
        return json_pack("{s:{s:b, s:b}}", "windowsConfiguration", "provisionVMAgent", 1,
                         "enableAutomaticUpdates", 0);
    return json_pack("{s:{s:b, s:b}}", "linuxConfiguration", "provisionVMAgent", 1,
                     "disablePasswordAuthentication", 0);
}

static json_t *security_json(const struct planning *planning)
{
    if (!json_is_true(json_object_get(planning->catalog, "secureBoot")))
        return NULL;
    return json_pack("{s:s, s:{s:b, s:b}}", "securityType", "TrustedLaunch", "uefiSettings",
                     "secureBootEnabled", 1, "vTpmEnabled", 1);
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
    json_object_update(profile, planning->os_configuration);
    return profile;
}

static int make_shared(struct planning *planning, struct error *err)
{
    size_t machines = json_array_size(json_object_get(planning->catalog, "machines"));
    planning->network = network_json(planning);
    planning->os_configuration = os_configuration_json(planning);
    planning->security = security_json(planning);
    planning->period = spread_period(planning->sizes, planning->size_count, machines);
    planning->alternatives = arena_alloc(&planning->arena, planning->size_count * planning->period *
                                                               sizeof *planning->alternatives);
    return planning->network && planning->os_configuration && planning->alternatives
               ? 0
               : error_no_memory(err);
}

/* Machines whose places are the same have them as one text. NULL without memory. */
static const char *alternatives_text(struct planning *planning, size_t first, size_t number,
                                     const struct placement *places, size_t count)
{
    const char **text =
        &planning->alternatives[first * planning->period + number % planning->period];
    if (*text)
        return *text;
    json_t *others = alternatives_json(places, count);
    char *printed = others ? json_text(others) : NULL;
    *text = printed ? arena_copy(&planning->arena, printed) : NULL;
    free(printed);
    json_decref(others);
    return *text;
}

static json_t *machine_json(const struct planning *planning, const char *name,
                            const struct placement *place)
{
    json_t *properties = json_pack(
        "{s:{s:s}, s:o, s:O, s:o*, s:O*}", "hardwareProfile", "vmSize", place->size,
        "storageProfile", storage_json(planning, name), "networkProfile", planning->network,
        "osProfile", os_profile_json(planning, name), "securityProfile", planning->security);
    return json_pack("{s:s, s:o*, s:o}", "location", planning->region, "zones", zones_json(place),
                     "properties", properties);
}

static int add_group(struct planning *planning, struct error *err)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "resource-group",
                           .title = "resource group",
                           .method = "PUT",
                           .path = planning->group,
                           .api_version = GROUP_API,
                           .flags = FH_STEP_TAGS};
    return plan_add_json(planning->plan, &step, json_pack("{s:s}", "location", planning->region),
                         err);
}

/* What is seen of a machine later, without asking Azure again. */
static const struct fh_output machine_outputs[] = {
    {.name = "networkInterfaceId", .pointer = "/properties/networkProfile/networkInterfaces/0/id"},
    {.name = "size", .pointer = "/properties/hardwareProfile/vmSize"},
    {.name = "zone", .pointer = "/zones/0"},
    {.name = "id", .pointer = "/id"},
};

/* With which size the machine begins: what Azure's quota has room for is shared out in order. */
static size_t first_size(const struct planning *planning, size_t number)
{
    json_int_t before = (json_int_t)number;
    for (size_t i = 0; i < planning->size_count; i++) {
        if (planning->most[i] < 0 || before < planning->most[i])
            return i;
        before -= planning->most[i];
    }
    return 0;
}

static int add_machine(struct planning *planning, const char *name, size_t number,
                       struct error *err)
{
    struct placement places[MOST_PLACES];
    size_t first = first_size(planning, number);
    size_t count = spread_alternatives(planning->sizes + first, planning->size_count - first,
                                       number, places, MOST_PLACES);
    static const char *const after[] = {"resource-group"};
    char key[NAMING_TEXT + 16], title[NAMING_TEXT + 16], path[512];
    snprintf(key, sizeof key, "machine/%s", name);
    snprintf(title, sizeof title, "machine %s", name);
    snprintf(path, sizeof path, "%s/%s", planning->collection, name);
    const char *alternatives = alternatives_text(planning, first, number, places, count);
    if (!alternatives || count == 0)
        return error_no_memory(err);
    struct fh_step step = {.struct_size = sizeof step,
                           .key = key,
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
    return plan_add_json(planning->plan, &step, machine_json(planning, name, &places[0]), err);
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
    struct fh_step step = {.struct_size = sizeof step,
                           .key = key,
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
    return plan_add_json(planning->plan, &step, body, err);
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
             read_sizes(&planning, err) == 0 && make_shared(&planning, err) == 0 &&
             add_group(&planning, err) == 0 && add_machines(&planning, err) == 0)
        result = plan_finish(planning.plan, err);
    json_decref(planning.network);
    json_decref(planning.security);
    json_decref(planning.os_configuration);
    arena_free(&planning.arena);
    if (result < 0) {
        plan_free(planning.plan);
        planning.plan = NULL;
    }
    *plan = planning.plan;
    return result;
}
