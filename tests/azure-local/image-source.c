/* SPDX-License-Identifier: Apache-2.0 */
/* Managed images, and what images and gallery versions are made of and found by. */
#include "disk.h"

#include "text.h"
#include "world.h"

#include <string.h>

/* The disk of a machine, image or version; itself for a disk or snapshot. */
static struct resource *pages_of(struct exchange *x, struct resource *source)
{
    static const char *const paths[] = {"properties.storageProfile.osDisk.managedDisk.id",
                                        "properties.storageProfile.osDisk.snapshot.id",
                                        "properties.sourceVirtualMachine.id"};

    if (!source || same_text(source->kind->type, "Microsoft.Compute/disks") ||
        same_text(source->kind->type, "Microsoft.Compute/snapshots"))
        return source;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *id = dig_text(source->body, paths[i]);
        struct resource *next = id ? store_find_id(x, id) : NULL;

        if (next && disk_content(x->sim, source, false) == NULL)
            return pages_of(x, next);
    }
    return source;
}

static const char *source_id(const json_t *body)
{
    static const char *const paths[] = {"properties.storageProfile.source.virtualMachineId",
                                        "properties.storageProfile.source.id",
                                        "properties.storageProfile.osDiskImage.source.id",
                                        "properties.sourceVirtualMachine.id",
                                        "properties.storageProfile.osDisk.managedDisk.id",
                                        "properties.storageProfile.osDisk.snapshot.id"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (dig_text(body, paths[i]))
            return dig_text(body, paths[i]);
    return NULL;
}

struct resource *image_origin(struct exchange *x, const json_t *body)
{
    const char *id = source_id(body);

    return id ? store_find_id(x, id) : NULL;
}

struct resource *image_source(struct exchange *x, const json_t *body)
{
    const char *id = source_id(body);

    return id ? pages_of(x, store_find_id(x, id)) : NULL;
}

static bool is_machine(const struct resource *source)
{
    return same_text(source->kind->type, "Microsoft.Compute/virtualMachines");
}

static int check_machine(struct exchange *x, struct resource *machine, bool generalized)
{
    bool is = json_object_get(machine->facts, "generalized");

    if (is == generalized)
        return 0;
    return refuse(x, 409, "OperationNotAllowed",
                  generalized ? "The VM '%s' must be generalized before it becomes a generalized "
                                "image."
                              : "The VM '%s' is generalized; a specialized image can't be made of "
                                "it.",
                  machine->name);
}

static int check_disk(struct exchange *x, struct resource *disk, const struct resource *definition)
{
    const char *os = dig_text(disk->body, "properties.osType");
    const char *generation = dig_text(disk->body, "properties.hyperVGeneration");

    if (!same_text(get_state(disk), "Succeeded") ||
        text_matches("*Upload", disk_state(x->sim, disk)))
        return refuse(x, 409, "OperationNotAllowed", "The source %s is not ready; its state is %s.",
                      disk->id, disk_state(x->sim, disk));
    if (!definition)
        return 0;
    if ((os && !same_text(os, dig_text(definition->body, "properties.osType"))) ||
        (generation &&
         !same_text(generation, dig_text(definition->body, "properties.hyperVGeneration"))))
        return refuse(x, 400, "InvalidParameter",
                      "The osType or hyperVGeneration of the source %s is not the one of the image "
                      "definition.",
                      disk->id);
    return 0;
}

static void plant_size(json_t *wanted, const struct resource *disk, uint64_t bytes)
{
    json_int_t size = disk ? json_integer_value(dig(disk->body, "properties.diskSizeGB")) : 0;

    if (bytes)
        size = (json_int_t)((bytes + (1ULL << 30) - 1) >> 30);
    plant(wanted, "properties.storageProfile.osDiskImage.sizeInGB",
          json_integer(size > 0 ? size : 127));
}

int image_source_check(struct exchange *x, json_t *wanted)
{
    static const char *const types[] = {"Microsoft.Compute/virtualMachines",
                                        "Microsoft.Compute/disks", "Microsoft.Compute/snapshots",
                                        "Microsoft.Compute/images",
                                        "Microsoft.Compute/galleries/images/versions"};
    const struct resource *definition = store_find(x->sim, x->path.parent_key);
    const char *id = source_id(wanted);
    const char *url = dig_text(wanted, "properties.storageProfile.osDiskImage.source.uri");
    struct resource *source;
    struct need need = {types[0], "properties.storageProfile.source.id", NULL,
                        dig_text(wanted, "location"), false};
    const struct content *pages;
    struct arm_path path;

    if (!id && !url)
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'storageProfile' has no source.");
    if (!id) {
        pages = disk_blob(
            x, url,
            dig_text(wanted, "properties.storageProfile.osDiskImage.source.storageAccountId"));
        if (pages)
            plant_size(wanted, NULL, pages->size - PAGE_BYTES);
        return pages ? 0 : -1;
    }
    if (!arm_path_parse(&x->pool, id, &path))
        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            if (same_text(types[i], path.type))
                need.type = types[i];
    source = need_ref(x, id, &need);
    if (!source)
        return -1;
    if (is_machine(source) &&
        check_machine(x, source,
                      same_text(dig_text(definition->body, "properties.osState"), "Generalized")))
        return -1;
    source = pages_of(x, source);
    plant_size(wanted, source, 0);
    return starts_with(source->kind->type, "Microsoft.Compute/disks") ||
                   starts_with(source->kind->type, "Microsoft.Compute/snapshots")
               ? check_disk(x, source, definition)
               : 0;
}

/* Is a version there for machines of a region? */
static bool is_replicated(const struct resource *version, const char *location)
{
    json_t *target;
    size_t i;

    if (!same_text(get_state(version), "Succeeded"))
        return false;
    json_array_foreach(dig(version->body, "properties.publishingProfile.targetRegions"), i, target)
    {
        const struct region *region = region_find(dig_text(target, "name"));

        if (!location || (region && same_text(region->name, location)))
            return true;
    }
    return false;
}

static int compare(const char *a, const char *b)
{
    return strverscmp(a, b);
}

/* The newest that counts as latest. */
static struct resource *latest_of(struct resource *definition, const char *location)
{
    struct resource *best = NULL;

    for (struct resource *at = definition->first_child; at; at = at->next_sibling)
        if (is_replicated(at, location) &&
            !json_is_true(dig(at->body, "properties.publishingProfile.excludeFromLatest")) &&
            (!best || compare(at->name, best->name) > 0))
            best = at;
    return best;
}

static void read_definition(const struct resource *definition, struct image *out)
{
    json_t *feature;
    size_t i;

    out->trusted = out->only_trusted = false;
    out->os = dig_text(definition->body, "properties.osType");
    out->generation = dig_text(definition->body, "properties.hyperVGeneration");
    out->specialized = same_text(dig_text(definition->body, "properties.osState"), "Specialized");
    json_array_foreach(dig(definition->body, "properties.features"), i, feature)
    {
        if (!same_text(dig_text(feature, "name"), "SecurityType"))
            continue;
        out->trusted = starts_with(dig_text(feature, "value"), "TrustedLaunch");
        out->only_trusted = same_text(dig_text(feature, "value"), "TrustedLaunch");
    }
}

static int find_gallery(struct exchange *x, const char *id, struct image *out)
{
    struct need need = {"Microsoft.Compute/galleries/images", "imageReference.id",
                        "Microsoft.Compute/galleries/images/read", NULL, true};
    bool exact = text_matches("*/images/*/versions/*", id);
    struct resource *found, *version;

    if (exact) {
        need.type = "Microsoft.Compute/galleries/images/versions";
        need.action = "Microsoft.Compute/galleries/images/versions/read";
    }
    found = need_ref(x, id, &need);
    if (!found)
        return -1;
    version = exact ? found : latest_of(found, out->location);
    if (!version || !is_replicated(version, out->location))
        return refuse(x, 404, "GalleryImageNotFound",
                      "The gallery image %s is not available in %s region. Please contact image "
                      "owner to replicate to this region, or change your requested region.",
                      id, out->location ? out->location : "any");
    read_definition(version->parent, out);
    out->size_gb = (unsigned long long)json_integer_value(
        dig(version->body, "properties.storageProfile.osDiskImage.sizeInGB"));
    out->source = version;
    out->exact = exact ? NULL : pool_text(&x->pool, version->name);
    return 0;
}

int image_find_id(struct exchange *x, const char *id, struct image *out)
{
    const struct need need = {"Microsoft.Compute/images", "imageReference.id",
                              "Microsoft.Compute/images/read", out->location, true};
    struct resource *image;

    if (!text_matches("*/providers/Microsoft.Compute/images/*", id))
        return find_gallery(x, id, out);
    image = need_ref(x, id, &need);
    if (!image)
        return -1;
    out->os = dig_text(image->body, "properties.storageProfile.osDisk.osType");
    out->generation = dig_text(image->body, "properties.hyperVGeneration");
    out->specialized = out->trusted = false;
    out->source = image;
    out->size_gb = (unsigned long long)json_integer_value(
        dig(image->body, "properties.storageProfile.osDisk.diskSizeGB"));
    return 0;
}

static int of_machine(struct exchange *x, json_t *wanted, struct resource *machine)
{
    const struct resource *disk = pages_of(x, machine);

    if (check_machine(x, machine, true))
        return -1;
    if (same_text(dig_text(machine->body, "properties.securityProfile.securityType"),
                  "TrustedLaunch"))
        return refuse(x, 409, "OperationNotAllowed",
                      "The VM '%s' is of the security type TrustedLaunch; managed images don't "
                      "support it. Use a gallery.",
                      machine->name);
    plant_default(wanted, "properties.storageProfile.osDisk",
                  json_pack("{s:s,s:s,s:s,s:{s:s},s:s}", "osType",
                            dig_text(machine->body, "properties.storageProfile.osDisk.osType"),
                            "osState", "Generalized", "caching", "ReadWrite", "managedDisk", "id",
                            disk->id, "storageAccountType", "Standard_LRS"));
    plant_default(wanted, "properties.storageProfile.osDisk.diskSizeGB",
                  json_incref(dig(disk->body, "properties.diskSizeGB")));
    if (dig_text(disk->body, "properties.hyperVGeneration"))
        plant_default(wanted, "properties.hyperVGeneration",
                      json_incref(dig(disk->body, "properties.hyperVGeneration")));
    return 0;
}

int managed_image_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *machine = dig_text(wanted, "properties.sourceVirtualMachine.id");
    const char *disk = dig_text(wanted, "properties.storageProfile.osDisk.managedDisk.id");
    struct need need = {"Microsoft.Compute/virtualMachines", "properties.sourceVirtualMachine.id",
                        "Microsoft.Compute/virtualMachines/read", dig_text(wanted, "location"),
                        false};
    struct resource *source;

    if (old)
        return 0;
    if (!machine && !source_id(wanted))
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'image.storageProfile' is missing (null).");
    if (!machine) {
        need.type = disk ? "Microsoft.Compute/disks" : "Microsoft.Compute/snapshots";
        need.where = "properties.storageProfile.osDisk";
        need.action = disk ? "Microsoft.Compute/disks/read" : "Microsoft.Compute/snapshots/read";
    }
    source = need_ref(x, source_id(wanted), &need);
    if (!source || (machine && of_machine(x, wanted, source)))
        return -1;
    if (!machine && (!dig_text(wanted, "properties.storageProfile.osDisk.osType") ||
                     !dig_text(wanted, "properties.storageProfile.osDisk.osState")))
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'osDisk.osType' or 'osDisk.osState' is missing (null).");
    if (!machine && check_disk(x, source, NULL))
        return -1;
    if (!machine)
        plant_default(wanted, "properties.storageProfile.osDisk.diskSizeGB",
                      json_incref(dig(source->body, "properties.diskSizeGB")));
    plant_default(wanted, "properties.hyperVGeneration", json_string("V1"));
    return 0;
}

void managed_image_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    struct resource *source = image_source(x, resource->body);

    if (source && source != resource)
        disk_share(x->sim, resource, disk_content(x->sim, source, false));
}
