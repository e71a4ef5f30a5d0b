/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that Azure holds a machine's body to. */
#include "compute.h"

#include "text.h"
#include "world.h"

#include <ctype.h>
#include <string.h>

static int invalid(struct exchange *x, const char *what)
{
    refuse(x, 400, "InvalidParameter", "The value of parameter %s is invalid.", what);
    json_object_set_new(dig(x->a.json, "error"), "target", json_string(what));
    return -1;
}

static int required(struct exchange *x, const char *what)
{
    refuse(x, 400, "InvalidParameter", "Required parameter '%s' is missing (null).", what);
    json_object_set_new(dig(x->a.json, "error"), "target", json_string(what));
    return -1;
}

static bool unchanged(const json_t *old, const json_t *wanted, const char *path)
{
    json_t *before = dig(old, path), *now = dig(wanted, path);

    if (!before || !now ||
        (json_is_string(before) && json_is_string(now) &&
         same_text(json_string_value(before), json_string_value(now))))
        return true;
    return json_equal(before, now);
}

/* What can't change once the machine is there. */
static int check_fixed(struct exchange *x, const struct resource *old, const json_t *wanted)
{
    static const struct {
        const char *path, *target;
    } fixed[] = {
        {"zones", "zones"},
        {"properties.storageProfile.imageReference.publisher", "imageReference"},
        {"properties.storageProfile.imageReference.offer", "imageReference"},
        {"properties.storageProfile.imageReference.sku", "imageReference"},
        {"properties.storageProfile.imageReference.id", "imageReference"},
        {"properties.storageProfile.osDisk.createOption", "osDisk.createOption"},
        {"properties.osProfile.computerName", "osProfile.computerName"},
        {"properties.osProfile.adminUsername", "osProfile.adminUsername"},
        {"properties.securityProfile.securityType", "securityProfile.securityType"},
    };

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (!unchanged(old->body, wanted, fixed[i].path)) {
            refuse(x, 409, "PropertyChangeNotAllowed", "Changing property '%s' is not allowed.",
                   fixed[i].target);
            json_object_set_new(dig(x->a.json, "error"), "target", json_string(fixed[i].target));
            return -1;
        }
    return 0;
}

static int check_zone(struct exchange *x, const json_t *wanted, const struct size *size)
{
    json_t *zones = json_object_get(wanted, "zones");
    const char *zone = json_string_value(json_array_get(zones, 0));
    const struct region *region = region_find(dig_text(wanted, "location"));

    if (!json_array_size(zones))
        return 0;
    if (json_array_size(zones) > 1)
        return invalid(x, "zones");
    if (!region->zones)
        return refuse(x, 400, "LocationNotSupportAvailabilityZones",
                      "The resource '%s' does not support availability zones at location '%s'.",
                      x->path.id, region->name);
    if (!zone || strlen(zone) != 1 || !strchr("123", *zone))
        return refuse(
            x, 400, "InvalidAvailabilityZone",
            "The zone(s) '%s' for resource '%s' is not supported. The supported zones for "
            "location '%s' are '1,2,3'",
            zone ? zone : "", x->path.id, region->name);
    return size ? 0 : invalid(x, "hardwareProfile.vmSize");
}

static int check_password(struct exchange *x, const char *password)
{
    int classes[4] = {0}, kinds = 0;

    for (const char *at = password; *at; at++)
        classes[isupper((unsigned char)*at)   ? 0
                : islower((unsigned char)*at) ? 1
                : isdigit((unsigned char)*at) ? 2
                                              : 3] = 1;
    for (int i = 0; i < 4; i++)
        kinds += classes[i];
    if (strlen(password) >= 8 && strlen(password) <= 123 && kinds >= 3)
        return 0;
    refuse(
        x, 400, "InvalidParameter",
        "The supplied password must be between 8-123 characters long and must satisfy at least 3 "
        "of password complexity requirements from the following: 1) Contains an uppercase "
        "character 2) Contains a lowercase character 3) Contains a numeric digit 4) Contains a "
        "special character 5) Control characters are not allowed");
    json_object_set_new(dig(x->a.json, "error"), "target", json_string("adminPassword"));
    return -1;
}

static bool good_computer_name(const char *name, bool windows)
{
    static const char forbidden[] = "`~!@#$%^&*()=+_[]{}\\|;:.'\",<>/? ";
    bool all_digits = true;

    if (!*name || strlen(name) > (windows ? 15 : 64) || strpbrk(name, windows ? forbidden : " /\\"))
        return false;
    for (const char *at = name; *at; at++)
        all_digits = all_digits && isdigit((unsigned char)*at);
    return !(windows && all_digits);
}

static int check_computer(struct exchange *x, const json_t *wanted, bool windows)
{
    const char *name = dig_text(wanted, "properties.osProfile.computerName");

    if (!name)
        name = x->path.name[0];
    if (good_computer_name(name, windows))
        return 0;
    refuse(x, 400, "InvalidParameter",
           windows
               ? "Windows computer name cannot be more than 15 characters long, be entirely "
                 "numeric, or contain the following characters: ` ~ ! @ # $ %% ^ & * ( ) = + _ [ "
                 "] { } \\ | ; : . ' \" , < > / ?."
               : "Linux host name cannot exceed 64 characters in length or contain the following "
                 "characters: space, / and \\.");
    json_object_set_new(dig(x->a.json, "error"), "target", json_string("computerName"));
    return -1;
}

static int check_os(struct exchange *x, const json_t *wanted, const struct image *image)
{
    static const char *const reserved[] = {"administrator", "admin", "user",  "user1", "test",
                                           "guest",         "root",  "owner", "server"};
    const char *user = dig_text(wanted, "properties.osProfile.adminUsername");
    const char *password = dig_text(wanted, "properties.osProfile.adminPassword");
    bool windows = same_text(image->os, "Windows");
    bool keys =
        json_array_size(dig(wanted, "properties.osProfile.linuxConfiguration.ssh.publicKeys"));

    if (image->specialized) {
        if (!dig(wanted, "properties.osProfile"))
            return 0;
        return refuse(x, 400, "InvalidParameter",
                      "Parameter 'osProfile' is not allowed: the image is specialized.");
    }
    if (!user)
        return required(x, "osProfile.adminUsername");
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (same_text(user, reserved[i]))
            return refuse(x, 400, "InvalidParameter",
                          "The Admin Username specified is not allowed.");
    if (strlen(user) > (windows ? 20 : 64))
        return invalid(x, "adminUsername");
    if (!password && (windows || !keys))
        return required(x, "adminPassword");
    if (password && check_password(x, password))
        return -1;
    return check_computer(x, wanted, windows);
}

static int check_security(struct exchange *x, const json_t *wanted, const struct image *image)
{
    const char *type = dig_text(wanted, "properties.securityProfile.securityType");
    bool uefi =
        json_is_true(dig(wanted, "properties.securityProfile.uefiSettings.secureBootEnabled"));

    if (uefi && !same_text(type, "TrustedLaunch") && !same_text(type, "ConfidentialVM"))
        return refuse(
            x, 400, "InvalidParameter",
            "Parameter 'securityProfile.uefiSettings' needs the securityType TrustedLaunch.");
    if (image->only_trusted && !same_text(type, "TrustedLaunch"))
        return refuse(x, 400, "BadRequest",
                      "The provided gallery image only supports creation of VMs and VM Scale Sets "
                      "with 'TrustedLaunch' security type.");
    if (same_text(type, "TrustedLaunch") && strcmp(image->generation, "V2") == 0 && !image->trusted)
        return refuse(x, 400, "BadRequest",
                      "Use of TrustedLaunch setting is not supported for the provided image. "
                      "Please select Trusted Launch Supported Gen2 OS Image.");
    if (same_text(type, "TrustedLaunch") && strcmp(image->generation, "V2") != 0)
        return refuse(x, 400, "BadRequest",
                      "Trusted Launch is only supported with Hypervisor Generation 2 images; the "
                      "image is of generation 1.");
    return 0;
}

static int check_disk(struct exchange *x, json_t *wanted, struct image *image)
{
    static const char *const removal[] = {"Delete", "Detach"};
    const char *option = dig_text(wanted, "properties.storageProfile.osDisk.createOption");
    const char *removed = dig_text(wanted, "properties.storageProfile.osDisk.deleteOption");
    json_t *reference = dig(wanted, "properties.storageProfile.imageReference");
    const char *set =
        dig_text(wanted, "properties.storageProfile.osDisk.managedDisk.diskEncryptionSet.id");
    json_t *size = dig(wanted, "properties.storageProfile.osDisk.diskSizeGB");

    if (!option)
        return required(x, "osDisk.createOption");
    if (removed && !same_text(removed, removal[0]) && !same_text(removed, removal[1]))
        return invalid(x, "osDisk.deleteOption");
    if (set && encryption_check_set(x, set, dig_text(wanted, "location")))
        return -1;
    if (same_text(option, "Attach"))
        return vm_check_attach(x, wanted, image);
    if (!same_text(option, "FromImage"))
        return invalid(x, "osDisk.createOption");
    if (!reference)
        return required(x, "imageReference");
    if (image_find(x, reference, image) ||
        vm_check_new_name(x, dig_text(wanted, "properties.storageProfile.osDisk.name")))
        return -1;
    if (size && (unsigned long long)json_integer_value(size) < image->size_gb)
        return refuse(x, 400, "InvalidParameter",
                      "The specified disk size %lld GB is smaller than the size of the "
                      "corresponding disk in the VM image: %llu GB.",
                      (long long)json_integer_value(size), image->size_gb);
    return 0;
}

/* A machine stays what it is, whatever became of its image. */
static int keep_disk(struct exchange *x, const struct resource *old, json_t *wanted,
                     struct image *image)
{
    const char *id = dig_text(old->body, "properties.storageProfile.osDisk.managedDisk.id");
    struct resource *disk = id ? store_find_id(x, id) : NULL;
    json_t *whole;
    const char *generation = disk ? dig_text(disk->body, "properties.hyperVGeneration") : NULL;

    image->os = dig_text(old->body, "properties.storageProfile.osDisk.osType");
    image->generation = generation ? generation : "V2";
    if (dig(wanted, "properties.storageProfile.imageReference"))
        image->exact = dig_text(old->body, "properties.storageProfile.imageReference.exactVersion");
    if (!dig(wanted, "properties.storageProfile.osDisk.createOption"))
        return required(x, "osDisk.createOption");
    /* What isn't said of the disk stays as it is. */
    whole = json_deep_copy(dig(old->body, "properties.storageProfile.osDisk"));
    json_object_update_recursive(whole, dig(wanted, "properties.storageProfile.osDisk"));
    plant(wanted, "properties.storageProfile.osDisk", whole);
    return vm_check_swap(x, old, wanted);
}

int vm_check_body(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *name = dig_text(wanted, "properties.hardwareProfile.vmSize");
    const struct size *size = size_find(name);
    struct image image = {.os = "Windows", .generation = "V1", .trusted = true};

    image.location = dig_text(wanted, "location");
    if (strlen(x->path.name[0]) > 64)
        return invalid(x, "vmName");
    if (!name)
        return required(x, "hardwareProfile.vmSize");
    if (!size)
        return refuse(x, 400, "InvalidParameter",
                      "The value %s provided for the VM size is not valid. The valid sizes in the "
                      "current region are those of GET …/providers/Microsoft.Compute/skus.",
                      name);
    if (old && check_fixed(x, old, wanted))
        return -1;
    if (check_zone(x, wanted, size) ||
        (old ? keep_disk(x, old, wanted, &image) : check_disk(x, wanted, &image)) ||
        vm_check_data_disks(x, wanted))
        return -1;
    if (!old && check_os(x, wanted, &image))
        return -1;
    if (check_security(x, wanted, &image))
        return -1;
    if (!size->generation1 && strcmp(image.generation, "V2") != 0)
        return refuse(x, 400, "BadRequest",
                      "The selected VM size '%s' cannot boot Hypervisor Generation '1'.",
                      size->name);
    plant(wanted, "properties.storageProfile.osDisk.osType", json_string(image.os));
    json_object_set_new(dig(wanted, "properties.hardwareProfile"), "vmSize",
                        json_string(size->name));
    if (image.exact)
        plant(wanted, "properties.storageProfile.imageReference.exactVersion",
              json_string(image.exact));
    return 0;
}
