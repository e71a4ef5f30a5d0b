/* SPDX-License-Identifier: Apache-2.0 */
/* The disks of a machine: made of images, attached, swapped, let go. */
#include "disk.h"

#include "text.h"

#include <string.h>

static const char attach[] = "Attach";

static int check_free(struct exchange *x, struct resource *disk)
{
    const char *owner = dig_text(disk->body, "managedBy");
    const char *state = disk_state(x->sim, disk);

    if (owner && same_text(owner, x->path.id))
        return 0;
    if (owner)
        return refuse(x, 409, "ConflictingUserInput",
                      "Disk '%s' cannot be attached as the disk is already owned by VM '%s'.",
                      disk->id, owner);
    if (same_text(state, "ActiveSAS"))
        return refuse(x, 409, "OperationNotAllowed",
                      "There is an active shared access signature outstanding for disk %s. Call "
                      "EndGetAccess before attaching or deleting the disk.",
                      disk->name);
    if (!same_text(state, "Unattached"))
        return refuse(x, 409, "OperationNotAllowed",
                      "Disk %s cannot be attached in state %s: its upload is not finished.",
                      disk->name, state);
    return 0;
}

static struct resource *find_disk(struct exchange *x, const json_t *wanted, const char *id)
{
    const struct need need = {"Microsoft.Compute/disks",
                              "properties.storageProfile.osDisk.managedDisk.id", NULL,
                              dig_text(wanted, "location"), true};
    struct resource *disk = need_ref(x, id, &need);

    return disk && !check_free(x, disk) ? disk : NULL;
}

int vm_check_attach(struct exchange *x, const json_t *wanted, struct image *image)
{
    const char *id = dig_text(wanted, "properties.storageProfile.osDisk.managedDisk.id");
    struct resource *disk = find_disk(x, wanted, id);
    const char *security;

    if (!disk)
        return -1;
    security = dig_text(disk->body, "properties.securityProfile.securityType");
    image->os = dig_text(disk->body, "properties.osType");
    image->generation = dig_text(disk->body, "properties.hyperVGeneration");
    image->specialized = true;
    image->trusted = same_text(security, "TrustedLaunch");
    if (!image->os)
        image->os = "Windows";
    if (!image->generation)
        image->generation = "V1";
    return 0;
}

int vm_check_new_name(struct exchange *x, const char *name)
{
    struct resource *disk =
        name ? store_find_id(x, pool_print(&x->pool,
                                           "/subscriptions/%s/resourceGroups/%s/providers/"
                                           "Microsoft.Compute/disks/%s",
                                           x->path.subscription, x->path.group, name))
             : NULL;

    if (!disk || same_text(dig_text(disk->body, "managedBy"), x->path.id))
        return 0;
    return refuse(x, 409, "ConflictingUserInput",
                  "Disk %s already exists in resource group %s. Only CreateOption.Attach is "
                  "supported.",
                  name, x->path.group);
}

int vm_check_swap(struct exchange *x, const struct resource *old, json_t *wanted)
{
    const char *before = dig_text(old->body, "properties.storageProfile.osDisk.managedDisk.id");
    const char *now = dig_text(wanted, "properties.storageProfile.osDisk.managedDisk.id");
    const char *os = dig_text(old->body, "properties.storageProfile.osDisk.osType");
    const char *name = dig_text(wanted, "properties.storageProfile.osDisk.name");
    struct resource *disk;

    if (same_text(before, now) && name &&
        !same_text(name, dig_text(old->body, "properties.storageProfile.osDisk.name")))
        return refuse(x, 409, "PropertyChangeNotAllowed",
                      "Changing property 'osDisk.name' is not allowed.");
    if (!now || !before || same_text(before, now))
        return 0;
    if (strcmp(vm_power(old), "deallocated") != 0)
        return refuse(x, 409, "PropertyChangeNotAllowed",
                      "Changing property 'osDisk.managedDisk.id' is not allowed: the VM is not "
                      "deallocated.");
    disk = find_disk(x, wanted, now);
    if (!disk)
        return -1;
    if (dig_text(disk->body, "properties.osType") &&
        !same_text(dig_text(disk->body, "properties.osType"), os))
        return refuse(x, 409, "PropertyChangeNotAllowed",
                      "Changing property 'osDisk.osType' is not allowed.");
    plant(wanted, "properties.storageProfile.osDisk.name", json_string(disk->name));
    plant(wanted, "properties.storageProfile.osDisk.diskSizeGB",
          json_incref(dig(disk->body, "properties.diskSizeGB")));
    return 0;
}

int vm_check_data_disks(struct exchange *x, const json_t *wanted)
{
    uint64_t luns = 0;
    json_t *disk;
    size_t i;

    json_array_foreach(dig(wanted, "properties.storageProfile.dataDisks"), i, disk)
    {
        const char *option = dig_text(disk, "createOption");
        const char *id = dig_text(disk, "managedDisk.id");
        json_int_t lun = json_integer_value(json_object_get(disk, "lun"));

        if (!json_is_integer(json_object_get(disk, "lun")) || lun < 0 || lun > 63 ||
            luns & 1ULL << lun)
            return refuse(x, 400, "InvalidParameter",
                          "The value of parameter dataDisk.lun is invalid or used twice.");
        luns |= 1ULL << lun;
        if (!option)
            return refuse(x, 400, "InvalidParameter",
                          "Required parameter 'dataDisk.createOption' is missing (null).");
        if (id ? !find_disk(x, wanted, id) : vm_check_new_name(x, dig_text(disk, "name")))
            return -1;
        if (!id && same_text(option, attach))
            return refuse(x, 400, "InvalidParameter",
                          "Required parameter 'dataDisk.managedDisk.id' is missing (null).");
        if (!id && same_text(option, "Empty") &&
            json_integer_value(json_object_get(disk, "diskSizeGB")) <= 0)
            return refuse(x, 400, "InvalidParameter",
                          "Required parameter 'dataDisk.diskSizeGB' is missing (null).");
    }
    return 0;
}

static json_t *new_body(struct exchange *x, struct resource *machine, const json_t *disk,
                        const char *option)
{
    const char *kind = dig_text(disk, "managedDisk.storageAccountType");
    const char *set = dig_text(disk, "managedDisk.diskEncryptionSet.id");
    json_t *body = json_pack("{s:s,s:s,s:{s:s},s:{s:O,s:{s:s},s:s,s:s}}", "location",
                             machine->location, "managedBy", machine->id, "sku", "name",
                             kind ? kind : "Standard_LRS", "properties", "diskSizeGB",
                             json_object_get(disk, "diskSizeGB"), "creationData", "createOption",
                             option, "diskState", "Attached", "provisioningState", "Succeeded");

    plant(body, "properties.encryption.type",
          json_string(set ? "EncryptionAtRestWithCustomerKey" : "EncryptionAtRestWithPlatformKey"));
    if (set)
        plant(body, "properties.encryption.diskEncryptionSetId", json_string(set));
    if (json_object_get(machine->body, "zones"))
        json_object_set(body, "zones", json_object_get(machine->body, "zones"));
    if (json_object_get(machine->body, "tags"))
        json_object_set(body, "tags", json_object_get(machine->body, "tags"));
    plant(body, "properties.timeCreated",
          json_string(iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    return body;
}

static void make_disk(struct exchange *x, struct resource *machine, json_t *disk, json_t *body,
                      const char *name, const struct resource *source)
{
    char *id = vm_sibling_id(x, machine, "Microsoft.Compute/disks", name);
    struct resource *made;

    plant(body, "properties.uniqueId", json_string(named_guid(x->sim, &x->pool, id)));
    plant(disk, "name", json_string(name));
    made = arm_make(x, id, body);
    if (made && source)
        disk_share(x->sim, made, disk_content(x->sim, source, false));
    plant(disk, "managedDisk.id", json_string(id));
}

static void make_os_disk(struct exchange *x, struct resource *machine)
{
    json_t *os = dig(machine->body, "properties.storageProfile.osDisk");
    json_t *reference = dig(machine->body, "properties.storageProfile.imageReference");
    const char *security = dig_text(machine->body, "properties.securityProfile.securityType");
    struct image image = {.os = "Windows", .generation = "V2", .location = machine->location};
    bool windows = same_text(dig_text(os, "osType"), "Windows");
    const char *name = dig_text(os, "name");
    json_t *body;

    if (same_text(dig_text(os, "createOption"), attach) || dig(os, "managedDisk.id"))
        return;
    image_find(x, reference, &image);
    if (!name)
        name = vm_part_name(x, machine, pool_print(&x->pool, "%s_OsDisk_1_", machine->name), 32);
    plant_default(os, "diskSizeGB",
                  json_integer(image.size_gb ? (json_int_t)image.size_gb
                               : windows     ? 127
                                             : 30));
    plant_default(os, "caching", json_string("ReadWrite"));
    plant_default(os, "deleteOption", json_string("Detach"));
    plant_default(os, "managedDisk.storageAccountType", json_string("Standard_LRS"));
    body = new_body(x, machine, os, "FromImage");
    plant(body, "properties.osType", json_string(windows ? "Windows" : "Linux"));
    plant(body, "properties.hyperVGeneration",
          json_string(image.generation ? image.generation : "V1"));
    if (dig_text(reference, "id"))
        plant(body, "properties.creationData.galleryImageReference.id",
              json_string(image.source ? image.source->id : dig_text(reference, "id")));
    if (security && same_text(security, "TrustedLaunch"))
        plant(body, "properties.securityProfile.securityType", json_string(security));
    make_disk(x, machine, os, body, name, image.source);
    run_keep(machine, image.source, true);
}

static void make_data_disks(struct exchange *x, struct resource *machine)
{
    json_t *disk;
    size_t i;

    json_array_foreach(dig(machine->body, "properties.storageProfile.dataDisks"), i, disk)
    {
        const char *name = dig_text(disk, "name");
        char *stem = pool_print(&x->pool, "%s_disk%zu_", machine->name, i + 2);

        plant_default(disk, "deleteOption", json_string("Detach"));
        plant_default(disk, "caching", json_string("None"));
        if (dig_text(disk, "managedDisk.id") || !same_text(dig_text(disk, "createOption"), "Empty"))
            continue;
        plant_default(disk, "managedDisk.storageAccountType", json_string("Standard_LRS"));
        make_disk(x, machine, disk, new_body(x, machine, disk, "Empty"),
                  name ? name : vm_part_name(x, machine, stem, 32), NULL);
    }
}

void vm_let_go(struct sim *sim, const char *id, bool removed)
{
    struct pool pool = {0};
    struct resource *part = id ? store_find(sim, pool_lower(&pool, id)) : NULL;

    pool_empty(&pool);
    if (!part)
        return;
    if (removed) {
        store_remove(sim, part);
        return;
    }
    json_object_del(part->body, "managedBy");
    if (dig(part->body, "properties.diskState"))
        plant(part->body, "properties.diskState", json_string("Unattached"));
}

/* Takes a disk into the list of those that the machine has. */
static void take(struct exchange *x, struct resource *machine, json_t *disk, json_t *list)
{
    const char *id = dig_text(disk, "managedDisk.id");
    struct resource *found = id ? store_find_id(x, id) : NULL;

    if (!found)
        return;
    json_array_append_new(list, json_string(found->id));
    json_object_set_new(found->body, "managedBy", json_string(machine->id));
    plant(found->body, "properties.diskState", json_string("Attached"));
    plant_default(disk, "name", json_string(found->name));
    plant_default(disk, "diskSizeGB", json_incref(dig(found->body, "properties.diskSizeGB")));
}

static bool holds(const json_t *list, const char *id)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one) if (same_text(json_string_value(one), id)) return true;
    return false;
}

void vm_make_disks(struct exchange *x, struct resource *machine)
{
    json_t *before = json_incref(json_object_get(machine->facts, "disks"));
    json_t *list = json_array(), *disk;
    size_t i;

    make_os_disk(x, machine);
    make_data_disks(x, machine);
    take(x, machine, dig(machine->body, "properties.storageProfile.osDisk"), list);
    json_array_foreach(dig(machine->body, "properties.storageProfile.dataDisks"), i, disk)
        take(x, machine, disk, list);
    json_array_foreach(before, i, disk) if (!holds(list, json_string_value(disk)))
        vm_let_go(x->sim, json_string_value(disk), false);
    json_decref(before);
    json_object_set_new(machine->facts, "disks", list);
}
