/* SPDX-License-Identifier: Apache-2.0 */
/* Managed disks and snapshots. */
#include "disk.h"

#include "blob.h"
#include "text.h"

#include <string.h>

static const uint64_t gigabyte = 1ULL << 30;

enum { SMALLEST_UPLOAD = 20972032 };

static int missing(struct exchange *x, const char *what)
{
    return refuse(x, 400, "InvalidParameter", "Required parameter '%s' is missing (null).", what);
}

/* The size follows from the source unless a bigger one is asked for. */
static int fit_size(struct exchange *x, json_t *wanted, uint64_t bytes)
{
    uint64_t least = (bytes + gigabyte - 1) / gigabyte;
    json_t *size = dig(wanted, "properties.diskSizeGB");

    if (!least)
        least = 1;
    if (json_integer_value(size) > 0 && (uint64_t)json_integer_value(size) < least)
        return refuse(x, 400, "InvalidParameter",
                      "The value of parameter diskSizeGB is smaller than the size of the source, "
                      "%llu GB.",
                      (unsigned long long)least);
    if (json_integer_value(size) <= 0)
        plant(wanted, "properties.diskSizeGB", json_integer((json_int_t)least));
    return 0;
}

static int check_upload(struct exchange *x, json_t *wanted)
{
    json_t *bytes = dig(wanted, "properties.creationData.uploadSizeBytes");
    json_int_t size = json_integer_value(bytes);

    if (!bytes)
        return missing(x, "disk.creationData.uploadSizeBytes");
    if (size < SMALLEST_UPLOAD || size % PAGE_BYTES)
        return refuse(x, 400, "InvalidParameter",
                      "The value of parameter uploadSizeBytes is invalid: it must be a multiple of "
                      "512 and at least %d, the footer of the VHD included.",
                      SMALLEST_UPLOAD);
    return fit_size(x, wanted, (uint64_t)size - PAGE_BYTES);
}

static int check_import(struct exchange *x, json_t *wanted)
{
    const char *url = dig_text(wanted, "properties.creationData.sourceUri");
    const struct content *pages;

    if (!url)
        return missing(x, "disk.creationData.sourceUri");
    pages = disk_blob(x, url, dig_text(wanted, "properties.creationData.storageAccountId"));
    return pages ? fit_size(x, wanted, pages->size - PAGE_BYTES) : -1;
}

static void inherit(json_t *wanted, const struct resource *source, const char *path)
{
    json_t *value = dig(source->body, path);

    if (value)
        plant_default(wanted, path, json_incref(value));
}

static int check_copy(struct exchange *x, json_t *wanted)
{
    const char *id = dig_text(wanted, "properties.creationData.sourceResourceId");
    struct need need = {"Microsoft.Compute/disks", "properties.creationData.sourceResourceId",
                        "Microsoft.Compute/disks/beginGetAccess/action",
                        dig_text(wanted, "location"), false};
    struct resource *source;

    if (!id)
        return missing(x, "disk.creationData.sourceResourceId");
    if (text_matches("*/snapshots/*", id)) {
        need.type = "Microsoft.Compute/snapshots";
        need.action = "Microsoft.Compute/snapshots/beginGetAccess/action";
    }
    source = need_ref(x, id, &need);
    if (!source)
        return -1;
    if (!same_text(get_state(source), "Succeeded") ||
        text_matches("*Upload", disk_state(x->sim, source)))
        return refuse(x, 409, "OperationNotAllowed",
                      "The source %s is not ready to be copied; its state is %s.", source->id,
                      disk_state(x->sim, source));
    inherit(wanted, source, "properties.osType");
    inherit(wanted, source, "properties.hyperVGeneration");
    inherit(wanted, source, "properties.securityProfile");
    plant(wanted, "properties.creationData.sourceUniqueId",
          json_string(dig_text(source->body, "properties.uniqueId")));
    return fit_size(x, wanted,
                    (uint64_t)json_integer_value(dig(source->body, "properties.diskSizeGB")) *
                        gigabyte);
}

static int check_image(struct exchange *x, json_t *wanted)
{
    json_t *reference = dig(wanted, "properties.creationData.galleryImageReference");
    struct image image = {.location = dig_text(wanted, "location")};

    if (!reference)
        reference = dig(wanted, "properties.creationData.imageReference");
    if (!reference)
        return missing(x, "disk.creationData.imageReference");
    if (dig_text(reference, "id") &&
        text_matches("*/locations/*/publishers/*", dig_text(reference, "id"))) {
        plant_default(wanted, "properties.diskSizeGB", json_integer(127));
        return 0;
    }
    if (image_find(x, reference, &image))
        return -1;
    plant_default(wanted, "properties.osType", json_string(image.os));
    plant_default(wanted, "properties.hyperVGeneration", json_string(image.generation));
    return fit_size(x, wanted, image.size_gb ? image.size_gb * gigabyte : 127 * gigabyte);
}

static int check_source(struct exchange *x, json_t *wanted, const char *option)
{
    if (same_text(option, "Empty")) {
        if (json_integer_value(dig(wanted, "properties.diskSizeGB")) <= 0)
            return missing(x, "disk.diskSizeGB");
        return 0;
    }
    if (starts_with(option, "Upload"))
        return check_upload(x, wanted);
    if (starts_with(option, "Import"))
        return check_import(x, wanted);
    if (same_text(option, "Copy") || same_text(option, "CopyStart"))
        return check_copy(x, wanted);
    if (same_text(option, "FromImage"))
        return check_image(x, wanted);
    return refuse(x, 400, "InvalidParameter",
                  "The value '%s' of parameter disk.creationData.createOption is invalid.", option);
}

static int check_kind(struct exchange *x, const json_t *wanted)
{
    const char *os = dig_text(wanted, "properties.osType");
    const char *generation = dig_text(wanted, "properties.hyperVGeneration");
    const char *security = dig_text(wanted, "properties.securityProfile.securityType");

    if (os && !same_text(os, "Windows") && !same_text(os, "Linux"))
        return refuse(x, 400, "InvalidParameter", "The value of parameter osType is invalid.");
    if (generation && !same_text(generation, "V1") && !same_text(generation, "V2"))
        return refuse(x, 400, "InvalidParameter",
                      "The value of parameter hyperVGeneration is invalid.");
    if (security && !same_text(generation, "V2"))
        return refuse(x, 400, "BadRequest",
                      "Security type %s is supported on disks of Hypervisor Generation 2 only.",
                      security);
    return encryption_check(x, wanted);
}

/* What stays as it was, and what can't change. */
static int keep_old(struct exchange *x, struct resource *old, json_t *wanted, const char *option)
{
    json_t *size = dig(wanted, "properties.diskSizeGB");
    json_t *before = dig(old->body, "properties.diskSizeGB");

    if (before && size && json_integer_value(size) < json_integer_value(before))
        return refuse(x, 400, "ResizeDiskError", "Disk size reduction is not supported.");
    if (!same_text(option, dig_text(old->body, "properties.creationData.createOption")))
        return refuse(x, 409, "PropertyChangeNotAllowed",
                      "Changing property 'creationData.createOption' is not allowed.");
    if (!size && before)
        plant(wanted, "properties.diskSizeGB", json_incref(before));
    inherit(wanted, old, "properties.osType");
    inherit(wanted, old, "properties.hyperVGeneration");
    inherit(wanted, old, "properties.encryption");
    disk_state(x->sim, old);
    plant(wanted, "properties.diskState", json_incref(dig(old->body, "properties.diskState")));
    plant(wanted, "properties.timeCreated", json_incref(dig(old->body, "properties.timeCreated")));
    if (json_object_get(old->body, "managedBy"))
        json_object_set(wanted, "managedBy", json_object_get(old->body, "managedBy"));
    return 0;
}

static int accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *option = dig_text(wanted, "properties.creationData.createOption");
    json_t *properties = dig(wanted, "properties");

    if (!option)
        return missing(x, "disk.creationData.createOption");
    json_object_del(properties, "diskSizeBytes");
    json_object_del(properties, "diskState");
    json_object_del(wanted, "managedBy");
    if (!old && check_source(x, wanted, option))
        return -1;
    if (!old)
        plant(wanted, "properties.diskState",
              json_string(starts_with(option, "Upload") ? "ReadyToUpload" : "Unattached"));
    if (old && keep_old(x, old, wanted, option))
        return -1;
    plant_default(wanted, "sku.name", json_string("Standard_LRS"));
    plant_default(wanted, "properties.encryption.type",
                  json_string("EncryptionAtRestWithPlatformKey"));
    plant_default(wanted, "properties.networkAccessPolicy", json_string("AllowAll"));
    plant_default(wanted, "properties.publicNetworkAccess", json_string("Enabled"));
    plant(wanted, "properties.uniqueId", json_string(named_guid(x->sim, &x->pool, x->path.key)));
    if (!old)
        plant(wanted, "properties.timeCreated",
              json_string(iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    return check_kind(x, wanted);
}

int disk_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    return accept(x, old, wanted);
}

int snapshot_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *option = dig_text(wanted, "properties.creationData.createOption");

    if (!old && (same_text(option, "Empty") || same_text(option, "FromImage")))
        return refuse(x, 400, "InvalidParameter",
                      "The value '%s' of parameter snapshot.creationData.createOption is invalid.",
                      option);
    plant_default(wanted, "properties.incremental", json_false());
    if (old && json_is_true(dig(wanted, "properties.incremental")) !=
                   json_is_true(dig(old->body, "properties.incremental")))
        return refuse(x, 409, "PropertyChangeNotAllowed",
                      "Changing property 'incremental' is not allowed.");
    plant(wanted, "properties.completionPercent", json_real(100));
    return accept(x, old, wanted);
}

void disk_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    json_t *creation = dig(resource->body, "properties.creationData");
    const char *option = dig_text(creation, "createOption");
    const char *url = dig_text(creation, "sourceUri"), *id = dig_text(creation, "sourceResourceId");
    struct resource *source;

    if (json_object_get(resource->facts, "filled"))
        return;
    json_object_set_new(resource->facts, "filled", json_true());
    if (starts_with(option, "Upload")) {
        struct content *pages = disk_content(x->sim, resource, true);

        content_end(pages); /* an upload has no footer before it is written */
        content_resize(pages, (uint64_t)json_integer_value(dig(creation, "uploadSizeBytes")));
    }
    if (starts_with(option, "Import"))
        disk_share(x->sim, resource, blob_pages_at(x->sim, url));
    if (same_text(option, "FromImage"))
        id = dig_text(creation, "galleryImageReference.id");
    source = id ? store_find_id(x, id) : NULL;
    if (source)
        disk_share(x->sim, resource, disk_content(x->sim, source, false));
}

int disk_spare(struct exchange *x, struct resource *resource)
{
    const char *machine = dig_text(resource->body, "managedBy");

    if (machine)
        return refuse(x, 409, "OperationNotAllowed", "Disk %s is attached to VM %s.",
                      resource->name, machine);
    if (disk_is_open(x->sim, resource))
        return refuse(x, 409, "OperationNotAllowed",
                      "There is an active shared access signature outstanding for disk %s. Call "
                      "EndGetAccess before attaching or deleting the disk.",
                      resource->name);
    return 0;
}

void disk_gone(struct sim *sim, struct resource *resource)
{
    disk_forget(sim, resource);
}

void disk_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const char *sku = dig_text(answer, "sku.name");
    struct resource *own = store_find(x->sim, resource->key);
    json_t *size = dig(answer, "properties.diskSizeGB");

    if (sku)
        plant(answer, "sku.tier",
              json_string(starts_with(sku, "Premium") ? "Premium" : "Standard"));
    if (own && dig(answer, "properties.diskState"))
        plant(answer, "properties.diskState", json_string(disk_state(x->sim, own)));
    if (size)
        plant(answer, "properties.diskSizeBytes",
              json_integer(json_integer_value(size) * (json_int_t)gigabyte));
}
