/* SPDX-License-Identifier: Apache-2.0 */
/* Galleries, their image definitions and versions. */
#include "disk.h"

#include "blob.h"
#include "op.h"
#include "text.h"
#include "world.h"

#include <ctype.h>
#include <string.h>

int gallery_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    for (const char *at = x->path.name[0]; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '.' && *at != '_')
            return refuse(x, 400, "InvalidParameter",
                          "The entity name 'galleryName' is invalid according to its validation "
                          "rule: ^[^_\\W][\\w-._]{0,79}(?<![-.])$.");
    plant_default(
        wanted, "properties.identifier.uniqueName",
        json_string(pool_print(&x->pool, "%s-%s", x->path.subscription, x->path.name[0])));
    return 0;
}

int gallery_spare(struct exchange *x, struct resource *resource)
{
    if (resource->first_child)
        return refuse(x, 409, "CannotDeleteResource",
                      "Can not delete resource before nested resources are deleted.");
    return 0;
}

static bool is_one_of(const char *value, const char *list)
{
    struct pool pool = {0};
    char *rest = pool_text(&pool, list), *one;
    bool found = false;

    while ((one = next_field(&rest, " ")))
        found = found || same_text(value, one);
    pool_empty(&pool);
    return found;
}

static int check_features(struct exchange *x, const json_t *wanted)
{
    json_t *feature;
    size_t i;

    json_array_foreach(dig(wanted, "properties.features"), i, feature)
    {
        const char *name = dig_text(feature, "name"), *value = dig_text(feature, "value");

        if (!name || !value)
            return refuse(x, 400, "InvalidParameter", "A feature needs a name and a value.");
        if (!same_text(name, "SecurityType"))
            continue;
        if (!is_one_of(value, "TrustedLaunch TrustedLaunchSupported ConfidentialVM "
                              "ConfidentialVMSupported TrustedLaunchAndConfidentialVmSupported "
                              "None"))
            return refuse(x, 400, "InvalidParameter",
                          "The value '%s' of the feature SecurityType is invalid.", value);
        if (!same_text(value, "None") &&
            !same_text(dig_text(wanted, "properties.hyperVGeneration"), "V2"))
            return refuse(x, 400, "InvalidParameter",
                          "The feature SecurityType %s needs hyperVGeneration V2.", value);
    }
    return 0;
}

static int check_definition_fixed(struct exchange *x, const struct resource *old,
                                  const json_t *wanted)
{
    static const char *const fixed[] = {"osType", "osState", "hyperVGeneration", "identifier",
                                        "architecture"};

    for (size_t i = 0; old && i < sizeof fixed / sizeof *fixed; i++)
        if (!json_equal(json_object_get(dig(old->body, "properties"), fixed[i]),
                        json_object_get(dig(wanted, "properties"), fixed[i])))
            return refuse(x, 409, "PropertyChangeNotAllowed",
                          "Changing property 'galleryImage.properties.%s' is not allowed.",
                          fixed[i]);
    return 0;
}

/* Publisher, offer and sku name one definition of a gallery. */
static int check_identifier(struct exchange *x, const json_t *wanted)
{
    struct resource *gallery = store_find(x->sim, x->path.parent_key);
    json_t *identifier = dig(wanted, "properties.identifier");

    if (!dig_text(identifier, "publisher") || !dig_text(identifier, "offer") ||
        !dig_text(identifier, "sku"))
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'identifier' lacks publisher, offer or sku.");
    for (struct resource *at = gallery->first_child; at; at = at->next_sibling)
        if (!same_text(at->key, x->path.key) &&
            json_equal(dig(at->body, "properties.identifier"), identifier))
            return refuse(x, 409, "Conflict",
                          "The image definition %s has the same publisher, offer and sku.",
                          at->name);
    return 0;
}

int gallery_image_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    static const char *const wants[] = {"osType", "osState", "identifier"};

    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        if (!json_object_get(dig(wanted, "properties"), wants[i]))
            return refuse(x, 400, "InvalidParameter", "Required parameter '%s' is missing (null).",
                          wants[i]);
    plant_default(wanted, "properties.hyperVGeneration", json_string("V1"));
    plant_default(wanted, "properties.architecture", json_string("x64"));
    if (!is_one_of(dig_text(wanted, "properties.osType"), "Windows Linux") ||
        !is_one_of(dig_text(wanted, "properties.osState"), "Generalized Specialized") ||
        !is_one_of(dig_text(wanted, "properties.hyperVGeneration"), "V1 V2"))
        return refuse(x, 400, "InvalidParameter",
                      "The value of parameter osType, osState or hyperVGeneration is invalid.");
    if (check_definition_fixed(x, old, wanted) || check_features(x, wanted))
        return -1;
    return check_identifier(x, wanted);
}

static bool is_version(const char *name)
{
    int parts = 0;

    for (;;) {
        if (!isdigit((unsigned char)*name))
            return false;
        name += strspn(name, "0123456789");
        parts++;
        if (!*name)
            return parts == 3;
        if (*name++ != '.')
            return false;
    }
}

/* Each region is one that there is, and home is among them. */
static int check_regions(struct exchange *x, json_t *wanted)
{
    json_t *list = dig(wanted, "properties.publishingProfile.targetRegions"), *target;
    const char *home = dig_text(wanted, "location");
    bool at_home = false;
    size_t i;

    if (!json_array_size(list))
        plant(wanted, "properties.publishingProfile.targetRegions",
              json_pack("[{s:s}]", "name", home));
    list = dig(wanted, "properties.publishingProfile.targetRegions");
    json_array_foreach(list, i, target)
    {
        const struct region *region = region_find(dig_text(target, "name"));

        if (!region)
            return refuse(x, 400, "InvalidParameter", "The target region '%s' is not available.",
                          dig_text(target, "name") ? dig_text(target, "name") : "");
        at_home = at_home || same_text(region->name, home);
        json_object_set_new(target, "name", json_string(region->display));
        plant_default(target, "regionalReplicaCount", json_integer(1));
        plant_default(target, "storageAccountType", json_string("Standard_LRS"));
        if (encryption_check_region(x, target, region->name))
            return -1;
    }
    if (at_home)
        return 0;
    return refuse(x, 400, "InvalidParameter",
                  "The target regions of a gallery image version must contain its own location, "
                  "'%s'.",
                  home);
}

static void keep_profile(struct exchange *x, const struct resource *old, json_t *wanted)
{
    plant_default(wanted, "properties.publishingProfile.replicaCount", json_integer(1));
    plant_default(wanted, "properties.publishingProfile.excludeFromLatest", json_false());
    plant_default(wanted, "properties.publishingProfile.storageAccountType",
                  json_string("Standard_LRS"));
    plant(wanted, "properties.publishingProfile.publishedDate",
          json_string(old ? dig_text(old->body, "properties.publishingProfile.publishedDate")
                          : iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    if (old)
        plant(wanted, "properties.storageProfile",
              json_incref(dig(old->body, "properties.storageProfile")));
    json_object_del(dig(wanted, "properties"), "replicationStatus");
}

int gallery_version_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    if (!is_version(x->path.name[2]))
        return refuse(
            x, 400, "InvalidParameter",
            "The gallery image version name '%s' is invalid: Major.Minor.Patch is wanted.",
            x->path.name[2]);
    if (!old && image_source_check(x, wanted))
        return -1;
    keep_profile(x, old, wanted);
    return check_regions(x, wanted);
}

void gallery_version_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    struct resource *source = image_source(x, resource->body);
    const char *url = dig_text(resource->body, "properties.storageProfile.osDiskImage.source.uri");

    if (json_object_get(resource->facts, "filled"))
        return;
    json_object_set_new(resource->facts, "filled", json_true());
    run_keep(resource, image_origin(x, resource->body), false);
    if (source)
        disk_share(x->sim, resource, disk_content(x->sim, source, false));
    else if (url)
        disk_share(x->sim, resource, blob_pages_at(x->sim, url));
}

void gallery_version_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const char *expand = query(x, "$expand"), *state = get_state(resource);
    bool done = same_text(state, "Succeeded"), failed = same_text(state, "Failed");
    const struct op *op = resource->op;
    int64_t now = clock_azure(&x->sim->clock);
    int percent = done ? 100 : 0;
    json_t *list = json_array(), *target;
    size_t i;

    if (op && op->due > op->start)
        percent = (int)((now - op->start) * 100 / (op->due - op->start));
    json_array_foreach(dig(resource->body, "properties.publishingProfile.targetRegions"), i, target)
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:i}", "region", dig_text(target, "name"), "state",
                            done     ? "Completed"
                            : failed ? "Failed"
                                     : "Replicating",
                            "details", "", "progress", percent > 99 && !done ? 99 : percent));
    if (expand && strstr(expand, "eplicationStatus"))
        plant(answer, "properties.replicationStatus",
              json_pack("{s:s,s:O}", "aggregatedState",
                        done     ? "Completed"
                        : failed ? "Failed"
                                 : "InProgress",
                        "summary", list));
    json_decref(list);
}

void gallery_version_gone(struct sim *sim, struct resource *resource)
{
    disk_forget(sim, resource);
}
