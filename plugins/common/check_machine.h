/* SPDX-License-Identifier: Apache-2.0 */
/* A short-lived machine of a specialized image, in a network that nothing comes into, on which the
 * image is checked. All of it is gone when the operation ends, however it ends. */
#ifndef FLEXHOST_PLUGINS_COMMON_CHECK_MACHINE_H
#define FLEXHOST_PLUGINS_COMMON_CHECK_MACHINE_H

#include "image_check.h"
#include "network.h"

struct check_machine {
    const char *reference; /* the version's id; may be late-bound */
    const char *size;
    const char
        *encryption_set; /* of the image, whose disks must be encrypted with it; NULL: none */
    bool trusted_launch;
    const char *const *after;
    uint32_t after_count;
};

static inline const char *check_machine_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Compute/virtualMachines",
                         fh_resource_name(call, "check", 64, NULL));
}

/* Adds a step that is there while the operation lasts; takes the body. */
static inline int32_t check_machine_step(struct fh_call *call, const char *key, const char *title,
                                         const char *path, const char *api_version,
                                         const char *const *after, uint32_t after_count,
                                         uint32_t expected_seconds, json_t *body)
{
    static const struct fh_output outputs[] = {
        {.name = "id", .pointer = "/id"},
        {.name = "subnet", .pointer = "/properties/subnets/0/id"}};
    bool network = strcmp(key, "check-network") == 0;
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = key,
                           .title = title,
                           .path = path,
                           .api_version = api_version,
                           .after = after,
                           .after_count = after_count,
                           .ownership = FH_TEMPORARY,
                           .outputs = outputs,
                           .output_count = network ? 2 : 1,
                           .output_size = sizeof *outputs,
                           .expected_seconds = expected_seconds};
    return fh_json_step(call, &step, body);
}

/* The answer of a script leaves through Azure's own addresses; nothing else of an image that nobody
 * knows yet comes out, and nothing gets in. */
static inline int32_t check_machine_network(struct fh_call *call,
                                            const struct check_machine *machine)
{
    static const struct rule rules[] = {
        {"deny-all-inbound", 4096, "Inbound", "Deny", "*", "*", "*", "*"},
        {"allow-azure", 4095, "Outbound", "Allow", "Tcp", "*", "AzureCloud", "443"},
        {"deny-all-outbound", 4096, "Outbound", "Deny", "*", "*", "*", "*"},
    };
    static const char *const after[] = {"check-firewall"};
    const char *region = fh_value(call, "/region");
    int32_t result =
        check_machine_step(call, "check-firewall", "security group of the machine for the checks",
                           resource_path(call, "Microsoft.Network/networkSecurityGroups",
                                         fh_resource_name(call, "check", 80, NULL)),
                           API_NETWORK, machine->after, machine->after_count, 5,
                           json_pack("{s:s, s:{s:o}}", "location", region, "properties",
                                     "securityRules", rules_json(rules, COUNT(rules))));
    if (result != FH_OK)
        return result;
    return check_machine_step(call, "check-network", "network of the machine for the checks",
                              resource_path(call, "Microsoft.Network/virtualNetworks",
                                            fh_resource_name(call, "check", 64, NULL)),
                              API_NETWORK, after, COUNT(after), 10,
                              json_pack("{s:s, s:{s:{s:[s]}, s:[{s:s, s:{s:s, s:{s:s}}}]}}",
                                        "location", region, "properties", "addressSpace",
                                        "addressPrefixes", "10.0.0.0/28", "subnets", "name",
                                        "machines", "properties", "addressPrefix", "10.0.0.0/28",
                                        "networkSecurityGroup", "id", "${check-firewall.id}"));
}

static inline int32_t check_machine_interface(struct fh_call *call)
{
    static const char *const after[] = {"check-network"};
    return check_machine_step(call, "check-interface", "interface of the machine for the checks",
                              resource_path(call, "Microsoft.Network/networkInterfaces",
                                            fh_resource_name(call, "check", 80, NULL)),
                              API_NETWORK, after, COUNT(after), 5,
                              json_pack("{s:s, s:{s:[{s:s, s:{s:b, s:{s:s}}}]}}", "location",
                                        fh_value(call, "/region"), "properties", "ipConfigurations",
                                        "name", "ipconfig", "properties", "primary", 1, "subnet",
                                        "id", "${check-network.subnet}"));
}

/* Steps "check-firewall", "check-network", "check-interface" and "check-machine": those that are to
 * be checked come after the last. */
static inline int32_t plan_check_machine(struct fh_call *call, const struct check_machine *machine)
{
    static const char *const after[] = {"check-interface"};
    int32_t result = check_machine_network(call, machine);
    if (result == FH_OK)
        result = check_machine_interface(call);
    if (result != FH_OK)
        return result;
    json_t *body = json_pack(
        "{s:s, s:{s:{s:s}, s:{s:{s:s}, s:{s:s, s:s, s:s, s:{s:s}}}, s:{s:[{s:s, s:{s:s}}]}}}",
        "location", fh_value(call, "/region"), "properties", "hardwareProfile", "vmSize",
        machine->size, "storageProfile", "imageReference", "id", machine->reference, "osDisk",
        "name", fh_printf(call, "%s-os", fh_resource_name(call, "check", 64, NULL)), "createOption",
        "FromImage", "deleteOption", "Delete", "managedDisk", "storageAccountType",
        "StandardSSD_LRS", "networkProfile", "networkInterfaces", "id", "${check-interface.id}",
        "properties", "deleteOption", "Detach");
    if (machine->encryption_set)
        json_object_set_new(fh_json_at(body, "/properties/storageProfile/osDisk/managedDisk"),
                            "diskEncryptionSet", json_pack("{s:s}", "id", machine->encryption_set));
    if (machine->trusted_launch)
        json_object_set_new(json_object_get(body, "properties"), "securityProfile",
                            json_pack("{s:s, s:{s:b, s:b}}", "securityType", "TrustedLaunch",
                                      "uefiSettings", "secureBootEnabled", 1, "vTpmEnabled", 1));
    return check_machine_step(call, "check-machine", "machine for the checks",
                              check_machine_path(call), API_COMPUTE, after, COUNT(after), 90, body);
}

#endif
