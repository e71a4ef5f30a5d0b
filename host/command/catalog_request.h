/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of `catalog create` to a request that says every machine's name, size and place.
 */
#ifndef FLEXHOST_COMMAND_CATALOG_REQUEST_H
#define FLEXHOST_COMMAND_CATALOG_REQUEST_H

#include "base/error.h"
#include "command/command.h"

#include <jansson.h>

struct catalog_parts {
    json_t *request; /* complete */
    json_t *data;    /* of the record */
    json_t *learned; /* of the image, by its plugin; NULL: nothing */
    json_t *secrets; /* what the operator gave and what was generated here; wiped by
                        catalog_parts_clear */
};

/* Checks everything that can be known before Azure is asked, then the image; refuses with the
 * field's name. */
int catalog_request(struct context *context, const struct command_input *input,
                    struct catalog_parts *parts, struct error *err);
void catalog_parts_clear(struct catalog_parts *parts);

#endif
