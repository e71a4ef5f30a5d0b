/* SPDX-License-Identifier: Apache-2.0 */
/* The interfaces that come and go with a machine, and its end. */
#include "compute.h"

#include "network.h"
#include "text.h"

#include <string.h>

static json_t *inline_interfaces(const json_t *body)
{
    return dig(body, "properties.networkProfile.networkInterfaceConfigurations");
}

static json_t *interfaces(const json_t *body)
{
    return dig(body, "properties.networkProfile.networkInterfaces");
}

static int check_attached(struct exchange *x, const json_t *wanted)
{
    json_t *nic;
    size_t i;

    json_array_foreach(interfaces(wanted), i, nic)
    {
        const struct need need = {"Microsoft.Network/networkInterfaces",
                                  "properties.networkProfile.networkInterfaces[0].id",
                                  "Microsoft.Network/networkInterfaces/join/action",
                                  dig_text(wanted, "location"), true};
        struct resource *found = need_ref(x, dig_text(nic, "id"), &need);
        struct resource *machine;

        if (!found)
            return -1;
        machine = store_holder(x->sim, found, NULL, "Microsoft.Compute/virtualMachines");
        if (machine && !same_text(machine->key, x->path.key))
            return refuse(x, 400, "NicInUse",
                          "Network Interface %s is used by existing resource %s.", found->id,
                          machine->id);
    }
    return 0;
}

static int check_inline(struct exchange *x, const json_t *wanted)
{
    const char *location = dig_text(wanted, "location");
    json_t *nic, *config;
    size_t i, k;

    json_array_foreach(inline_interfaces(wanted), i, nic)
    {
        const char *group = dig_text(nic, "properties.networkSecurityGroup.id");
        const struct need need = {
            "Microsoft.Network/networkSecurityGroups",
            "networkInterfaceConfigurations[0].properties.networkSecurityGroup.id",
            "Microsoft.Network/networkSecurityGroups/join/action", location, true};
        json_t *configs = dig(nic, "properties.ipConfigurations");

        if (!dig_text(nic, "name") || !json_array_size(configs))
            return refuse(x, 400, "InvalidParameter",
                          "A networkInterfaceConfiguration needs a name and ipConfigurations.");
        if (group && !need_ref(x, group, &need))
            return -1;
        json_array_foreach(configs, k, config)
        {
            const struct need subnet = {"Microsoft.Network/virtualNetworks/subnets",
                                        "networkInterfaceConfigurations[0].properties."
                                        "ipConfigurations[0].properties.subnet.id",
                                        "Microsoft.Network/virtualNetworks/subnets/join/action",
                                        location, true};

            if (dig(config, "properties.privateIPAddress"))
                return refuse(x, 400, "InvalidParameter",
                              "A networkInterfaceConfiguration takes no privateIPAddress.");
            if (!need_ref(x, dig_text(config, "properties.subnet.id"), &subnet))
                return -1;
        }
    }
    return 0;
}

int vm_check_network(struct exchange *x, struct resource *old, json_t *wanted)
{
    bool given = json_array_size(inline_interfaces(wanted));

    if (!given && !json_array_size(interfaces(wanted)))
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'networkProfile' is missing (null).");
    if (given && json_array_size(interfaces(wanted)) && !old)
        return refuse(
            x, 400, "InvalidParameter",
            "networkInterfaces and networkInterfaceConfigurations can't be given together.");
    if (given && !dig_text(wanted, "properties.networkProfile.networkApiVersion"))
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'networkProfile.networkApiVersion' is missing (null).");
    if (old && given) { /* asked again as it was: the interfaces are there already */
        json_t *network = json_deep_copy(dig(old->body, "properties.networkProfile"));

        plant(wanted, "properties.networkProfile", network);
        return 0;
    }
    return given ? check_inline(x, wanted) : check_attached(x, wanted);
}

/* A name that only the machine's id and the part's decide. */
char *vm_part_name(struct exchange *x, const struct resource *machine, const char *stem, int digits)
{
    uint64_t hash = hash_text(machine->key, hash_text(stem, 7));
    uint64_t more = hash_text(machine->key, hash_text(stem, 11));

    return pool_print(
        &x->pool, "%s%.*s", stem, digits,
        pool_print(&x->pool, "%016llx%016llx", (unsigned long long)hash, (unsigned long long)more));
}

char *vm_sibling_id(struct exchange *x, const struct resource *machine, const char *type,
                    const char *name)
{
    return pool_print(&x->pool, "/subscriptions/%s/resourceGroups/%s/providers/%s/%s",
                      machine->subscription, machine->group, type, name);
}

static struct resource *make_nic(struct exchange *x, struct resource *machine, const json_t *config)
{
    char *name = vm_part_name(x, machine, pool_print(&x->pool, "%s-", dig_text(config, "name")), 8);
    char *id = vm_sibling_id(x, machine, "Microsoft.Network/networkInterfaces", name);
    json_t *properties = json_deep_copy(json_object_get(config, "properties"));
    json_t *body = json_pack("{s:s,s:o}", "location", machine->location, "properties", properties);
    struct resource *nic;

    json_object_del(properties, "deleteOption");
    plant(properties, "resourceGuid", json_string(named_guid(x->sim, &x->pool, id)));
    plant(properties, "provisioningState", json_string("Succeeded"));
    if (json_object_get(machine->body, "tags"))
        json_object_set(body, "tags", json_object_get(machine->body, "tags"));
    nic = arm_make(x, id, body);
    nic_stored(x, nic, NULL);
    return nic;
}

static void make_nics(struct exchange *x, struct resource *machine)
{
    json_t *configs = json_incref(inline_interfaces(machine->body));
    json_t *list = json_array(), *config;
    size_t i;

    json_array_foreach(configs, i, config)
    {
        struct resource *nic = make_nic(x, machine, config);
        const char *removal = dig_text(config, "properties.deleteOption");
        json_t *primary = dig(config, "properties.primary");

        json_array_append_new(list, json_pack("{s:s,s:{s:b,s:s}}", "id", nic->id, "properties",
                                              "primary", primary ? json_is_true(primary) : i == 0,
                                              "deleteOption", removal ? removal : "Detach"));
    }
    if (json_array_size(list))
        plant(machine->body, "properties.networkProfile",
              json_pack("{s:O}", "networkInterfaces", list));
    json_decref(list);
    json_decref(configs);
}

void vm_make_parts(struct exchange *x, struct resource *machine, const json_t *asked)
{
    make_nics(x, machine);
    vm_make_disks(x, machine);
}

void vm_drop_parts(struct sim *sim, struct resource *machine)
{
    json_t *os = dig(machine->body, "properties.storageProfile.osDisk");
    json_t *nic;
    size_t i;

    json_array_foreach(interfaces(machine->body), i, nic) vm_let_go(
        sim, dig_text(nic, "id"), same_text(dig_text(nic, "properties.deleteOption"), "Delete"));
    json_array_foreach(dig(machine->body, "properties.storageProfile.dataDisks"), i, nic) vm_let_go(
        sim, dig_text(nic, "managedDisk.id"), same_text(dig_text(nic, "deleteOption"), "Delete"));
    vm_let_go(sim, dig_text(os, "managedDisk.id"),
              same_text(dig_text(os, "deleteOption"), "Delete"));
}
