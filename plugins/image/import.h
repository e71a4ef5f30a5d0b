/* SPDX-License-Identifier: Apache-2.0 */
/* image/import: what its files share. */
#ifndef FLEXHOST_PLUGINS_IMAGE_IMPORT_H
#define FLEXHOST_PLUGINS_IMAGE_IMPORT_H

#include "../common/azure.h"

enum import_way {
    IMPORT_URL,    /* --url: anybody may read it */
    IMPORT_SIGNED, /* --sas-url: a secret */
    IMPORT_BLOB    /* --storage-account, --container, --blob: in a subscription of ours */
};

/* Of a request whose fields name one source, and all of it: see import_check_fields. */
static inline enum import_way import_way(struct fh_call *call)
{
    if (fh_value(call, "/fields/sas-url"))
        return IMPORT_SIGNED;
    return fh_value(call, "/fields/url") ? IMPORT_URL : IMPORT_BLOB;
}

/* plan and check: one source, and all of it; what belongs together. */
int32_t import_check_fields(struct fh_call *call);

/* check of a creation. Learns "length" and "etag" of the VHD and, of a blob of ours, its "uri". */
int32_t import_check(struct fh_call *call);

#endif
