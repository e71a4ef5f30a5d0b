/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done to a machine: start, power off, deallocate, restart and so on. */
#include "compute.h"

#include "op.h"
#include "text.h"
#include "world.h"

#include <string.h>

struct act {
    const char *name;
    struct span span;
    const char *during, *after; /* power states */
};

static const struct act acts[] = {
    {"start", {20, 45}, "starting", "running"},
    {"powerOff", {10, 25}, "stopping", "stopped"},
    {"deallocate", {20, 45}, "deallocating", "deallocated"},
    {"restart", {15, 30}, "running", "running"},
    {"redeploy", {60, 120}, "starting", "running"},
    {"reapply", {10, 20}, NULL, NULL},
    {"generalize", {0, 0}, NULL, NULL},
    {"capture", {0, 0}, NULL, NULL},
};

static const struct act *find(const char *name)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (same_text(acts[i].name, name))
            return &acts[i];
    return NULL;
}

static void finish(struct sim *sim, struct resource *machine, const char *name)
{
    const struct act *act = find(name);

    if (!act || !act->after)
        return;
    vm_set_power(sim, machine, act->after);
    if (strcmp(act->after, "deallocated") == 0)
        capacity_release(sim, machine);
}

static int generalize(struct exchange *x, struct resource *machine)
{
    if (strncmp(vm_power(machine), "stopped", 7) != 0 &&
        strcmp(vm_power(machine), "deallocated") != 0)
        return refuse(x, 409, "OperationNotAllowed",
                      "The Operation 'generalize' requires the VM to be stopped or deallocated.");
    json_object_set_new(machine->facts, "generalized", json_true());
    return reply(x, 200, NULL);
}

/* The way of the disks in accounts; a managed one becomes an image resource instead. */
static int capture(struct exchange *x, const struct resource *machine)
{
    if (!json_object_get(machine->facts, "generalized"))
        return refuse(x, 409, "OperationNotAllowed",
                      "The Operation 'capture' requires the VM '%s' to be generalized.",
                      machine->name);
    return refuse(x, 409, "OperationNotAllowed",
                  "Capture operation is not supported for VM '%s', which has managed disks. Create "
                  "an image of it instead.",
                  machine->name);
}

static int check_state(struct exchange *x, const struct resource *machine, const struct act *act)
{
    if (machine->deleting)
        return refuse(
            x, 409, "OperationNotAllowed",
            "Operation '%s' is not allowed on VM '%s' since the VM is marked for deletion. "
            "You can only retry the Delete operation (or wait for an ongoing one to "
            "complete).",
            act->name, machine->name);
    if (machine->op && machine->op->verb == OP_CREATE)
        return refuse(
            x, 409, "Conflict",
            "The request failed due to conflict with a concurrent request. To resolve it, "
            "please refer to https://aka.ms/activitylog to get more details on the "
            "conflicting requests.");
    if (strcmp(act->name, "restart") == 0 && strcmp(vm_power(machine), "deallocated") == 0)
        return refuse(x, 409, "OperationNotAllowed",
                      "Operation 'restart' is not allowed on VM '%s' since it is deallocated.",
                      machine->name);
    if (strcmp(act->name, "start") == 0 && json_object_get(machine->facts, "generalized"))
        return refuse(x, 409, "OperationNotAllowed",
                      "Operation 'start' is not allowed on VM '%s' since the VM is generalized.",
                      machine->name);
    return 0;
}

int vm_action(struct exchange *x)
{
    const char *name = x->path.segment[x->path.count - 1];
    const struct act *act = find(name);
    struct resource *machine = store_find(x->sim, x->path.parent_key);
    const char *failure = NULL;
    struct op *op;

    if (!machine)
        return refuse(
            x, 404, "ResourceNotFound",
            "The Resource 'Microsoft.Compute/virtualMachines/%s' under resource group '%s' "
            "was not found.",
            x->path.name[0], x->path.group);
    if (check_state(x, machine, act))
        return -1;
    if (strcmp(act->name, "generalize") == 0)
        return generalize(x, machine);
    if (strcmp(act->name, "capture") == 0)
        return capture(x, machine);
    if (strcmp(act->name, "start") == 0 && strcmp(vm_power(machine), "deallocated") == 0 &&
        capacity_quota(x, machine->location,
                       size_find(dig_text(machine->body, "properties.hardwareProfile.vmSize")), 0))
        return -1;
    if (strcmp(act->name, "start") == 0 && strcmp(vm_power(machine), "deallocated") == 0)
        failure = capacity_take(x->sim, machine);
    op = op_action(x, machine, act->name, act->span, finish);
    if (failure)
        op_fail_later(op, failure, "Allocation failed. There is no capacity for the VM size here.");
    else if (act->during)
        vm_set_power(x->sim, machine, act->during);
    op_headers(x, op, true);
    return reply(x, 202, NULL);
}
