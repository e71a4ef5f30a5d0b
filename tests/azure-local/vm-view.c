/* SPDX-License-Identifier: Apache-2.0 */
/* The instance view: what a machine is doing. */
#include "compute.h"

#include "text.h"

#include <string.h>

const char *vm_power(const struct resource *machine)
{
    const char *power = dig_text(machine->facts, "power");

    return power ? power : "";
}

void vm_set_power(struct sim *sim, struct resource *machine, const char *power)
{
    json_object_set_new(machine->facts, "power", json_string(power));
    json_object_set_new(machine->facts, "since", json_integer(clock_calendar(&sim->clock)));
}

static const char *display_of(const char *state)
{
    return same_text(state, "Succeeded")  ? "Provisioning succeeded"
           : same_text(state, "Failed")   ? "Provisioning failed"
           : same_text(state, "Deleting") ? "Deleting"
           : same_text(state, "Creating") ? "Creating"
                                          : "Updating";
}

static json_t *provisioning_status(struct exchange *x, const struct resource *machine)
{
    const char *state = get_state(machine), *failure = dig_text(machine->facts, "failureCode");
    bool failed = same_text(state, "Failed");
    char *code = pool_lower(&x->pool, pool_print(&x->pool, "%s", state));
    json_t *status;

    status =
        json_pack("{s:s,s:s,s:s}", "code",
                  failed && failure ? pool_print(&x->pool, "ProvisioningState/failed/%s", failure)
                                    : pool_print(&x->pool, "ProvisioningState/%s", code),
                  "level", failed ? "Error" : "Info", "displayStatus", display_of(state));
    if (failed && dig_text(machine->facts, "failure"))
        json_object_set(status, "message", json_object_get(machine->facts, "failure"));
    json_object_set_new(status, "time",
                        json_string(iso_time(&x->pool, json_integer_value(json_object_get(
                                                           machine->facts, "since")))));
    return status;
}

json_t *vm_instance_view(struct exchange *x, const struct resource *machine)
{
    const char *power = vm_power(machine);
    json_t *statuses = json_array();
    json_t *view = json_pack("{s:o}", "statuses", statuses);

    json_array_append_new(statuses, provisioning_status(x, machine));
    if (*power && strcmp(power, "creating") != 0)
        json_array_append_new(statuses, json_pack("{s:s,s:s,s:s}", "code",
                                                  pool_print(&x->pool, "PowerState/%s", power),
                                                  "level", "Info", "displayStatus",
                                                  pool_print(&x->pool, "VM %s", power)));
    if (json_object_get(machine->facts, "generalized"))
        json_array_append_new(statuses,
                              json_pack("{s:s,s:s,s:s}", "code", "OSState/generalized", "level",
                                        "Info", "displayStatus", "VM generalized"));
    if (strcmp(power, "running") == 0) {
        json_object_set(view, "computerName",
                        dig(machine->body, "properties.osProfile.computerName"));
        json_object_set_new(view, "vmAgent",
                            json_pack("{s:s,s:[{s:s,s:s,s:s}]}", "vmAgentVersion", "2.7.41491.1121",
                                      "statuses", "code", "ProvisioningState/succeeded", "level",
                                      "Info", "displayStatus", "Ready"));
    }
    if (dig_text(machine->body, "properties.storageProfile.imageReference.sku"))
        json_object_set_new(view, "hyperVGeneration", json_string("V2"));
    return view;
}

int vm_get_view(struct exchange *x)
{
    struct resource *machine = store_find(x->sim, x->path.parent_key);

    if (!machine)
        return refuse(
            x, 404, "ResourceNotFound",
            "The Resource 'Microsoft.Compute/virtualMachines/%s' under resource group '%s' "
            "was not found.",
            x->path.name[0], x->path.group);
    return reply(x, 200, vm_instance_view(x, machine));
}
