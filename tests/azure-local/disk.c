/* SPDX-License-Identifier: Apache-2.0 */
/* Managed disks. */
#include "compute.h"

#include "text.h"

int disk_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *option = dig_text(wanted, "properties.creationData.createOption");
    json_t *size = dig(wanted, "properties.diskSizeGB");
    json_t *before = old ? dig(old->body, "properties.diskSizeGB") : NULL;

    if (!option)
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'disk.creationData.createOption' is missing (null).");
    if (same_text(option, "Empty") && json_integer_value(size) <= 0)
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'disk.diskSizeGB' is missing (null).");
    if (before && size && json_integer_value(size) < json_integer_value(before))
        return refuse(x, 400, "ResizeDiskError", "Disk size reduction is not supported.");
    if (old && !same_text(option, dig_text(old->body, "properties.creationData.createOption")))
        return refuse(x, 409, "PropertyChangeNotAllowed",
                      "Changing property 'creationData.createOption' is not allowed.");
    plant_default(wanted, "sku.name", json_string("Standard_LRS"));
    plant_default(wanted, "properties.diskState", json_string("Unattached"));
    plant(wanted, "properties.uniqueId", json_string(named_guid(x->sim, &x->pool, x->path.key)));
    plant(wanted, "properties.timeCreated",
          json_string(iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    if (old && json_object_get(old->body, "managedBy"))
        json_object_set(wanted, "managedBy", json_object_get(old->body, "managedBy"));
    return 0;
}

int disk_spare(struct exchange *x, struct resource *resource)
{
    const char *machine = dig_text(resource->body, "managedBy");

    if (!machine)
        return 0;
    return refuse(x, 409, "OperationNotAllowed", "Disk %s is attached to VM %s.", resource->name,
                  machine);
}

void disk_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const char *sku = dig_text(answer, "sku.name");

    if (sku)
        plant(answer, "sku.tier",
              json_string(starts_with(sku, "Premium") ? "Premium" : "Standard"));
}
