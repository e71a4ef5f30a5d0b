/* SPDX-License-Identifier: Apache-2.0 */
/* Images of the marketplace. */
#include "compute.h"

#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct offer {
    const char *publisher, *offer, *skus, *os;
    const char *listed; /* by GET …/skus; others that fit are there too */
};

/* Any sku that fits the pattern is there; its name tells the generation. */
static const struct offer offers[] = {
    {"MicrosoftWindowsDesktop", "windows-11", "win11-*", "Windows",
     "win11-23h2-pro win11-24h2-avd win11-24h2-ent win11-24h2-pro"},
    {"MicrosoftWindowsDesktop", "windows-10", "win10-*", "Windows",
     "win10-22h2-ent-g2 win10-22h2-pro-g2"},
    {"MicrosoftWindowsDesktop", "office-365", "win11-*", "Windows", "win11-24h2-avd-m365"},
    {"MicrosoftWindowsServer", "WindowsServer", "20*-datacenter*", "Windows",
     "2019-datacenter 2022-datacenter-azure-edition 2022-datacenter-g2 2025-datacenter-g2"},
    {"Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts*", "Linux",
     "22_04-lts 22_04-lts-gen2"},
    {"Canonical", "ubuntu-24_04-lts", "server*", "Linux", "server server-gen1"},
    {"Canonical", "ubuntu-22_04-lts", "*", "Linux", "server server-gen1"},
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

static int compare_versions(const char *a, const char *b)
{
    for (;;) {
        char *end_a, *end_b;
        unsigned long long one = strtoull(a, &end_a, 10), two = strtoull(b, &end_b, 10);

        if (one != two)
            return one < two ? -1 : 1;
        if (*end_a != '.' || *end_b != '.')
            return (*end_a == '.') - (*end_b == '.');
        a = end_a + 1;
        b = end_b + 1;
    }
}

static int by_version(const void *a, const void *b)
{
    const char *const *one = a, *const *two = b;

    return compare_versions(*one, *two);
}

/* Those of a sku, the newest last, with those that the control plane added. */
static const char **versions_of(struct exchange *x, const char *publisher, const char *offer,
                                const char *sku, size_t *count)
{
    json_t *added = x->sim->images, *one;
    const char **list =
        pool_alloc(&x->pool, (VERSION_COUNT + json_array_size(added)) * sizeof *list);
    size_t i;

    *count = 0;
    for (i = 0; i < VERSION_COUNT; i++)
        list[(*count)++] = versions[i];
    json_array_foreach(added, i, one) if (same_text(dig_text(one, "publisher"), publisher) &&
                                          same_text(dig_text(one, "offer"), offer) &&
                                          same_text(dig_text(one, "sku"), sku)) list[(*count)++] =
        dig_text(one, "version");
    qsort(list, *count, sizeof *list, by_version);
    return list;
}

static const char *version_find(struct exchange *x, const char *publisher, const char *offer,
                                const char *sku, const char *version)
{
    size_t count;
    const char **list = versions_of(x, publisher, offer, sku, &count);

    if (same_text(version, "latest"))
        return list[count - 1];
    for (size_t i = 0; version && i < count; i++)
        if (strcmp(list[i], version) == 0)
            return list[i];
    return NULL;
}

static int find_marketplace(struct exchange *x, const json_t *reference, struct image *out)
{
    const char *publisher = dig_text(reference, "publisher"), *offer = dig_text(reference, "offer");
    const char *sku = dig_text(reference, "sku"), *version = dig_text(reference, "version");
    const struct offer *found = offer_find(publisher, offer, sku);
    const char *exact = found ? version_find(x, publisher, offer, sku, version) : NULL;

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
    out->trusted = strcmp(out->generation, "V2") == 0;
    return 0;
}

int image_find(struct exchange *x, const json_t *reference, struct image *out)
{
    const char *id = dig_text(reference, "id");

    return id ? image_find_id(x, id, out) : find_marketplace(x, reference, out);
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
    const char *const *s = x->path.segment;
    const char **found;
    size_t count;
    json_t *list;

    if (!asked_offer(x))
        return -1;
    list = json_array();
    found = versions_of(x, s[7], s[11], s[13], &count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, version_item(x, found[i]));
    return reply(x, 200, list);
}

int image_version(struct exchange *x)
{
    const struct offer *offer = asked_offer(x);
    const char *version;
    json_t *item;

    if (!offer)
        return -1;
    version = version_find(x, x->path.segment[7], x->path.segment[11], x->path.segment[13],
                           x->path.segment[15]);
    if (!version)
        return refuse(x, 404, "NotFound", "Artifact: VMImage was not found.");
    item = version_item(x, version);
    json_object_set_new(item, "properties",
                        json_pack("{s:s,s:s,s:{s:s},s:[],s:[{s:s,s:s}]}", "hyperVGeneration",
                                  generation_of(x->path.segment[13]), "architecture", "x64",
                                  "osDiskImage", "operatingSystem", offer->os, "dataDiskImages",
                                  "features", "name", "SecurityType", "value",
                                  strcmp(generation_of(x->path.segment[13]), "V2") == 0
                                      ? "TrustedLaunchSupported"
                                      : "Standard"));
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

static char *place_id(struct exchange *x, const char *rest)
{
    return pool_print(&x->pool, "/Subscriptions/%s/Providers/Microsoft.Compute/Locations/%s/%s",
                      x->path.segment[1], x->path.segment[5], rest);
}

static void add_item(struct exchange *x, json_t *list, const char *name, const char *rest)
{
    json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "location", x->path.segment[5], "name",
                                          name, "id", place_id(x, rest)));
}

int image_offers(struct exchange *x)
{
    const char *publisher = x->path.segment[7];
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
        if (same_text(offers[i].publisher, publisher))
            add_item(x, list, offers[i].offer,
                     pool_print(&x->pool, "Publishers/%s/ArtifactTypes/VMImage/Offers/%s",
                                publisher, offers[i].offer));
    if (json_array_size(list))
        return reply(x, 200, list);
    json_decref(list);
    return refuse(x, 404, "NotFound", "Artifact: VMImage was not found.");
}

int image_skus(struct exchange *x)
{
    const char *publisher = x->path.segment[7], *offer = x->path.segment[11];
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        char *rest = pool_text(&x->pool, offers[i].listed), *sku;

        if (!same_text(offers[i].publisher, publisher) || !same_text(offers[i].offer, offer))
            continue;
        while ((sku = next_field(&rest, " ")))
            add_item(x, list, sku,
                     pool_print(&x->pool, "Publishers/%s/ArtifactTypes/VMImage/Offers/%s/Skus/%s",
                                publisher, offer, sku));
    }
    if (json_array_size(list))
        return reply(x, 200, list);
    json_decref(list);
    return refuse(x, 404, "NotFound", "Artifact: VMImage was not found.");
}

/* POST /_local/images: the publisher brings out a new version. */
int image_publish(struct exchange *x)
{
    const char *publisher = dig_text(x->q.json, "publisher"), *offer = dig_text(x->q.json, "offer");
    const char *sku = dig_text(x->q.json, "sku"), *version = dig_text(x->q.json, "version");

    if (!offer_find(publisher, offer, sku) || !version ||
        strspn(version, "0123456789.") != strlen(version) || !*version)
        return refuse(x, 400, "BadImage",
                      "A publisher, offer and sku that there are, and a version of digits and "
                      "points are wanted.");
    if (!version_find(x, publisher, offer, sku, version))
        json_array_append(x->sim->images, x->q.json);
    return reply(x, 200, json_object());
}
