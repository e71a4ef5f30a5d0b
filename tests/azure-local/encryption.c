/* SPDX-License-Identifier: Apache-2.0 */
/* How disks are encrypted. */
#include "compute.h"

#include "text.h"

int encryption_check(struct exchange *x, const json_t *wanted)
{
    const char *type = dig_text(wanted, "properties.encryption.type");

    if (!type || same_text(type, "EncryptionAtRestWithPlatformKey"))
        return 0;
    return refuse(x, 400, "InvalidParameter", "The value of parameter encryption.type is invalid.");
}

int encryption_check_region(struct exchange *x, const json_t *target, const char *location)
{
    return 0;
}

int encryption_check_set(struct exchange *x, const char *id, const char *location)
{
    return 0;
}
