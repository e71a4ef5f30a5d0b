/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual machines: being made, shown, and gone. */
#include "compute.h"

#include "op.h"
#include "text.h"

#include <string.h>

static void complete_profile(struct exchange *x, json_t *wanted)
{
    const char *os = dig_text(wanted, "properties.storageProfile.osDisk.osType");
    bool windows = same_text(os, "Windows");

    if (dig(wanted, "properties.osProfile")) {
        plant_default(wanted, "properties.osProfile.secrets", json_array());
        plant_default(wanted, "properties.osProfile.allowExtensionOperations", json_true());
        if (windows)
            plant_default(
                wanted, "properties.osProfile.windowsConfiguration",
                json_pack("{s:b,s:b}", "provisionVMAgent", 1, "enableAutomaticUpdates", 1));
        else
            plant_default(
                wanted, "properties.osProfile.linuxConfiguration",
                json_pack("{s:b,s:b}", "disablePasswordAuthentication", 0, "provisionVMAgent", 1));
        json_object_del(dig(wanted, "properties.osProfile"), "adminPassword");
        json_object_del(dig(wanted, "properties.osProfile"), "customData");
    }
    json_object_del(dig(wanted, "properties"), "userData");
    json_object_del(dig(wanted, "properties"), "instanceView");
    json_object_del(wanted, "resources");
    plant_default(wanted, "properties.storageProfile.dataDisks", json_array());
}

int vm_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    if (vm_check_body(x, old, wanted) || vm_check_network(x, old, wanted) ||
        capacity_check(x, old, wanted))
        return -1;
    complete_profile(x, wanted);
    plant(wanted, "properties.vmId",
          json_string(old ? dig_text(old->body, "properties.vmId") : new_guid(x->sim, &x->pool)));
    plant(wanted, "properties.timeCreated",
          json_string(old ? dig_text(old->body, "properties.timeCreated")
                          : iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    return 0;
}

static const char *failure_message(const char *code)
{
    if (starts_with(code, "Zonal"))
        return "Allocation failed. We do not have sufficient capacity for the requested VM size in "
               "this zone. Read more about improving likelihood of allocation success at "
               "http://aka.ms/allocation-guidance";
    return "Allocation failed. We do not have sufficient capacity for the requested VM size in "
           "this "
           "region. Read more about improving likelihood of allocation success at "
           "http://aka.ms/allocation-guidance";
}

void vm_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    const char *size = dig_text(resource->body, "properties.hardwareProfile.vmSize");
    const char *failure;

    vm_make_parts(x, resource, asked);
    store_refer(x->sim, resource);
    json_object_del(resource->facts, "failure");
    json_object_del(resource->facts, "failureCode");
    if (json_object_get(resource->facts, "cores") &&
        same_text(dig_text(resource->facts, "size"), size))
        return;
    capacity_release(x->sim, resource); /* of the size before */
    failure = capacity_take(x->sim, resource);
    if (failure)
        json_object_set_new(
            resource->facts, "doom",
            json_pack("{s:s,s:s}", "code", failure, "message", failure_message(failure)));
    else if (!*vm_power(resource))
        vm_set_power(x->sim, resource, "creating");
}

void vm_settled(struct sim *sim, struct resource *resource)
{
    if (strcmp(vm_power(resource), "creating") == 0)
        vm_set_power(sim, resource, "running");
}

void vm_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const char *expand = query(x, "$expand");
    bool status = same_text(query(x, "statusOnly"), "true");
    json_t *extensions;

    if (!status && !(expand && strstr(expand, "instanceView")))
        goto resources;
    plant(answer, "properties.instanceView", vm_instance_view(x, resource));
    if (status) {
        static const char *const heavy[] = {"storageProfile",  "osProfile",
                                            "hardwareProfile", "networkProfile",
                                            "securityProfile", "diagnosticsProfile"};

        for (size_t i = 0; i < sizeof heavy / sizeof *heavy; i++)
            json_object_del(json_object_get(answer, "properties"), heavy[i]);
        return;
    }
resources:
    extensions = json_array();
    for (struct resource *child = resource->first_child; child; child = child->next_sibling)
        if (same_text(child->kind->type, "Microsoft.Compute/virtualMachines/extensions"))
            json_array_append_new(extensions, arm_show(x, child));
    if (json_array_size(extensions))
        json_object_set(answer, "resources", extensions);
    json_decref(extensions);
}

void vm_gone(struct sim *sim, struct resource *resource)
{
    capacity_release(sim, resource);
    vm_drop_parts(sim, resource);
}
