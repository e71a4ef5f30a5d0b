/* SPDX-License-Identifier: Apache-2.0 */
/* Images: the marketplace's, and those of galleries. */
#include "compute.h"

#include "text.h"
#include "world.h"

#include <ctype.h>
#include <string.h>

struct offer {
    const char *publisher, *offer, *skus, *os;
};

/* Any sku that fits the pattern is there; its name tells the generation. */
static const struct offer offers[] = {
    {"MicrosoftWindowsDesktop", "windows-11", "win11-*", "Windows"},
    {"MicrosoftWindowsDesktop", "windows-10", "win10-*", "Windows"},
    {"MicrosoftWindowsDesktop", "office-365", "win11-*", "Windows"},
    {"MicrosoftWindowsServer", "WindowsServer", "20*-datacenter*", "Windows"},
    {"Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts*", "Linux"},
    {"Canonical", "ubuntu-24_04-lts", "server*", "Linux"},
    {"Canonical", "ubuntu-22_04-lts", "*", "Linux"},
};

static const char *const versions[] = {"1.0.20240101", "1.0.20240501", "1.0.20240901"};
enum { VERSION_COUNT = sizeof versions / sizeof *versions };

static const struct offer *offer_find(const char *publisher, const char *offer, const char *sku)
{
    for (size_t i = 0; publisher && offer && sku && i < sizeof offers / sizeof *offers; i++)
        if (same_text(offers[i].publisher, publisher) && same_text(offers[i].offer, offer) &&
            text_matches(offers[i].skus, sku))
            return &offers[i];
    return NULL;
}

static const char *generation_of(const char *sku)
{
    bool second = text_matches("*gen2*", sku) || text_matches("*-g2*", sku) ||
                  text_matches("*-smalldisk-g2*", sku) || starts_with(sku, "win11") ||
                  starts_with(sku, "2025") || text_matches("server", sku);

    return second ? "V2" : "V1";
}

static const char *version_find(const char *version)
{
    if (same_text(version, "latest"))
        return versions[VERSION_COUNT - 1];
    for (size_t i = 0; version && i < VERSION_COUNT; i++)
        if (strcmp(versions[i], version) == 0)
            return versions[i];
    return NULL;
}

static int find_marketplace(struct exchange *x, const json_t *reference, struct image *out)
{
    const char *publisher = dig_text(reference, "publisher"), *offer = dig_text(reference, "offer");
    const char *sku = dig_text(reference, "sku"), *version = dig_text(reference, "version");
    const struct offer *found = offer_find(publisher, offer, sku);
    const char *exact = version_find(version);

    if (!publisher || !offer || !sku || !version)
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'imageReference' is missing (null).");
    if (!found || !exact)
        return refuse(
            x, 404, "PlatformImageNotFound",
            "The platform image '%s:%s:%s:%s' is not available. Verify that all fields in "
            "the storage profile are correct. For more details about storage profile "
            "information, please refer to https://aka.ms/storageprofile.",
            publisher, offer, sku, version);
    out->os = found->os;
    out->generation = generation_of(sku);
    out->exact = pool_text(&x->pool, exact);
    return 0;
}

static int find_gallery(struct exchange *x, const char *id, struct image *out)
{
    struct need need = {"Microsoft.Compute/galleries/images", "imageReference.id",
                        "Microsoft.Compute/galleries/images/read", NULL, true};
    bool version = text_matches("*/images/*/versions/*", id);
    struct resource *image;

    if (version) {
        need.type = "Microsoft.Compute/galleries/images/versions";
        need.action = "Microsoft.Compute/galleries/images/versions/read";
    }
    image = need_ref(x, id, &need);
    if (!image)
        return -1;
    if (version)
        image = image->parent;
    out->os = dig_text(image->body, "properties.osType");
    out->generation = dig_text(image->body, "properties.hyperVGeneration");
    if (!out->os)
        out->os = "Windows";
    if (!out->generation)
        out->generation = "V1";
    out->specialized = same_text(dig_text(image->body, "properties.osState"), "Specialized");
    return 0;
}

int image_find(struct exchange *x, const json_t *reference, struct image *out)
{
    const char *id = dig_text(reference, "id");

    return id ? find_gallery(x, id, out) : find_marketplace(x, reference, out);
}

/* …/locations/{5}/publishers/{7}/artifacttypes/vmimage/offers/{11}/skus/{13}/versions[/{15}] */
static const struct offer *asked_offer(struct exchange *x)
{
    const char *const *segment = x->path.segment;
    const struct offer *found =
        x->path.count > 13 ? offer_find(segment[7], segment[11], segment[13]) : NULL;

    if (!found)
        refuse(x, 404, "NotFound", "Artifact: VMImage was not found.");
    return found;
}

static json_t *version_item(struct exchange *x, const char *version)
{
    const char *const *s = x->path.segment;
    char *id =
        pool_print(&x->pool,
                   "/Subscriptions/%s/Providers/Microsoft.Compute/Locations/%s/Publishers/%s/"
                   "ArtifactTypes/VMImage/Offers/%s/Skus/%s/Versions/%s",
                   s[1], s[5], s[7], s[11], s[13], version);

    return json_pack("{s:s,s:s,s:s}", "location", s[5], "name", version, "id", id);
}

int image_versions(struct exchange *x)
{
    json_t *list;

    if (!asked_offer(x))
        return -1;
    list = json_array();
    for (size_t i = 0; i < VERSION_COUNT; i++)
        json_array_append_new(list, version_item(x, versions[i]));
    return reply(x, 200, list);
}

int image_version(struct exchange *x)
{
    const struct offer *offer = asked_offer(x);
    const char *version;
    json_t *item;

    if (!offer)
        return -1;
    version = version_find(x->path.segment[15]);
    if (!version)
        return refuse(x, 404, "NotFound", "Artifact: VMImage was not found.");
    item = version_item(x, version);
    json_object_set_new(item, "properties",
                        json_pack("{s:s,s:s,s:{s:s},s:[]}", "hyperVGeneration",
                                  generation_of(x->path.segment[13]), "architecture", "x64",
                                  "osDiskImage", "operatingSystem", offer->os, "dataDiskImages"));
    return reply(x, 200, item);
}

int image_publishers(struct exchange *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        const char *name = offers[i].publisher;

        if (i && strcmp(name, offers[i - 1].publisher) == 0)
            continue;
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:s}", "location", x->path.segment[5], "name", name, "id",
                            pool_print(&x->pool,
                                       "/Subscriptions/%s/Providers/Microsoft.Compute/Locations/%s/"
                                       "Publishers/%s",
                                       x->path.segment[1], x->path.segment[5], name)));
    }
    return reply(x, 200, list);
}

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

int gallery_image_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    static const char *const wants[] = {"osType", "osState", "identifier"};

    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        if (!json_object_get(dig(wanted, "properties"), wants[i]))
            return refuse(x, 400, "InvalidParameter", "Required parameter '%s' is missing (null).",
                          wants[i]);
    plant_default(wanted, "properties.hyperVGeneration", json_string("V1"));
    plant_default(wanted, "properties.architecture", json_string("x64"));
    return 0;
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

int gallery_version_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *profile = dig(wanted, "properties.storageProfile");
    const char *source = dig_text(profile, "source.virtualMachineId");
    const char *disk = dig_text(profile, "osDiskImage.source.id");
    bool blob = dig_text(profile, "osDiskImage.source.uri");

    if (!is_version(x->path.name[2]))
        return refuse(
            x, 400, "InvalidParameter",
            "The gallery image version name '%s' is invalid: Major.Minor.Patch is wanted.",
            x->path.name[2]);
    if (!source)
        source = dig_text(profile, "source.id");
    if (!source && !disk && !blob)
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'storageProfile' has no source.");
    if ((disk && !store_find_id(x, disk)) || (source && !store_find_id(x, source)))
        return refuse(x, 404, "ResourceNotFound", "The Resource '%s' was not found.",
                      disk ? disk : source);
    plant_default(wanted, "properties.storageProfile.osDiskImage.sizeInGB", json_integer(127));
    plant_default(wanted, "properties.publishingProfile.targetRegions",
                  json_pack("[{s:s}]", "name", dig_text(wanted, "location")));
    plant(wanted, "properties.publishingProfile.publishedDate",
          json_string(iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    return 0;
}

int gallery_spare(struct exchange *x, struct resource *resource)
{
    if (resource->first_child)
        return refuse(x, 409, "CannotDeleteResource",
                      "Can not delete resource before nested resources are deleted.");
    return 0;
}
