/* SPDX-License-Identifier: Apache-2.0 */
/* A gallery of one image with one version: what catalogs make machines of. */
#ifndef FLEXHOST_PLUGINS_COMMON_GALLERY_H
#define FLEXHOST_PLUGINS_COMMON_GALLERY_H

#include "azure.h"

#include <stdio.h>

struct gallery_image {
    bool windows;
    int generation;
    bool trusted_launch;
    const char *encryption_set; /* the id of a disk encryption set; NULL: none */
    /* What the version is made of: a disk or a machine; the other is NULL. */
    const char *source_disk;
    const char *source_machine;
    const char *const *after_version; /* the step "gallery-image" among them */
    uint32_t after_version_count;
};

/* Galleries have no '-' in their names. */
static inline const char *gallery_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Compute/galleries",
                         fh_resource_name(call, "gallery", 80, "a-z0-9"));
}

static inline const char *gallery_image_path(struct fh_call *call)
{
    return fh_printf(call, "%s/images/%s", gallery_path(call),
                     fh_resource_name(call, "image", 80, NULL));
}

static inline const char *gallery_version_path(struct fh_call *call)
{
    return fh_printf(call, "%s/versions/1.0.0", gallery_image_path(call));
}

/* As plan_group(), but nothing is left of an image that could not be made. */
static inline int32_t plan_container_group(struct fh_call *call)
{
    struct fh_step step = {
        .struct_size = sizeof step,
        .flags = FH_STEP_TAGS,
        .key = "group",
        .title = fh_printf(call, "resource group %s", fh_value(call, "/resourceGroup")),
        .path = group_path(call),
        .api_version = API_RESOURCES,
        .ownership = FH_CONTAINER,
        .expected_seconds = 2,
        .list_path = fh_printf(call, "%s/resourceGroups", subscription_path(call))};
    return fh_json_step(call, &step, json_pack("{s:s}", "location", fh_value(call, "/region")));
}

static inline int32_t plan_gallery_step(struct fh_call *call, const char *key, const char *title,
                                        const char *path, const char *const *after,
                                        uint32_t after_count, uint32_t seconds, json_t *properties)
{
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = key,
                           .title = title,
                           .path = path,
                           .api_version = API_GALLERY,
                           .after = after,
                           .after_count = after_count,
                           /* An image without its version is nothing. */
                           .ownership = strcmp(key, "version") == 0 ? FH_OWNED : FH_CONTAINER,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = seconds};
    return fh_json_step(
        call, &step,
        json_pack("{s:s, s:o}", "location", fh_value(call, "/region"), "properties", properties));
}

static inline json_t *gallery_definition(struct fh_call *call, const struct gallery_image *image)
{
    json_t *definition = json_pack(
        "{s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "osType", image->windows ? "Windows" : "Linux",
        "osState", "Specialized", "hyperVGeneration", image->generation == 1 ? "V1" : "V2",
        "identifier", "publisher", "flexhost", "offer", fh_value(call, "/installation"), "sku",
        fh_resource_name(call, "image", 64, NULL));
    if (image->trusted_launch)
        json_object_set_new(
            definition, "features",
            json_pack("[{s:s, s:s}]", "name", "SecurityType", "value", "TrustedLaunch"));
    return definition;
}

static inline json_t *gallery_region(const char *name, const struct gallery_image *image)
{
    json_t *region = json_pack("{s:s, s:i}", "name", name, "regionalReplicaCount", 1);
    if (image->encryption_set)
        json_object_set_new(
            region, "encryption",
            json_pack("{s:{s:s}}", "osDiskImage", "diskEncryptionSetId", image->encryption_set));
    return region;
}

/* The image's own region first, then its replicas. */
static inline json_t *gallery_regions(struct fh_call *call, const struct gallery_image *image)
{
    json_t *replicas = fh_json_value(call, "/fields/replica-region");
    json_t *regions = json_pack("[o]", gallery_region(fh_value(call, "/region"), image));
    for (size_t i = 0; i < json_array_size(replicas); i++)
        json_array_append_new(
            regions, gallery_region(json_string_value(json_array_get(replicas, i)), image));
    json_decref(replicas);
    return regions;
}

/* Steps "gallery", "gallery-image" and "version" (output id). */
static inline int32_t plan_gallery(struct fh_call *call, const struct gallery_image *image)
{
    static const char *const after_group[] = {"group"}, *const after_gallery[] = {"gallery"};
    int32_t result =
        plan_gallery_step(call, "gallery", "gallery", gallery_path(call), after_group, 1, 20,
                          json_pack("{s:s}", "description", "an image of flexhost"));
    if (result == FH_OK)
        result = plan_gallery_step(call, "gallery-image", "image of the gallery",
                                   gallery_image_path(call), after_gallery, 1, 10,
                                   gallery_definition(call, image));
    if (result != FH_OK)
        return result;
    json_t *storage =
        image->source_disk
            ? json_pack("{s:{s:{s:s}}}", "osDiskImage", "source", "id", image->source_disk)
            : json_pack("{s:{s:s}}", "source", "virtualMachineId", image->source_machine);
    return plan_gallery_step(call, "version", "version of the image", gallery_version_path(call),
                             image->after_version, image->after_version_count, 600,
                             json_pack("{s:o, s:{s:o}}", "storageProfile", storage,
                                       "publishingProfile", "targetRegions",
                                       gallery_regions(call, image)));
}

/* check: replicas are elsewhere, each once, and a key is of one region. */
static inline int32_t gallery_check_regions(struct fh_call *call)
{
    json_t *replicas = fh_json_value(call, "/fields/replica-region");
    const char *home = fh_value(call, "/region");
    int32_t result = FH_OK;
    if (home && holds_text(replicas, home))
        result = fh_fail(call, FH_EINVAL, "/replica-region",
                         "%s is the image's own region, in which it is anyway: leave it out", home);
    else if (json_array_size(replicas) && fh_value(call, "/fields/key"))
        result = fh_fail(call, FH_EINVAL, "/replica-region",
                         "the key \"%s\" is of %s alone, so an image that is encrypted with it has "
                         "no replicas: make one in the other region, with a key of that region",
                         fh_value(call, "/fields/key"), home);
    json_decref(replicas);
    return result;
}

#endif
