/* SPDX-License-Identifier: Apache-2.0 */
/* restype=container: containers made, read and deleted on the data plane. */
#include "blob-parts.h"

#include "text.h"

#include <ctype.h>
#include <string.h>

static bool good_name(const char *name)
{
    size_t length = strlen(name);

    if (strcmp(name, "$root") == 0 || strcmp(name, "$logs") == 0 || strcmp(name, "$web") == 0)
        return true;
    if (length < 3 || length > 63 || *name == '-' || name[length - 1] == '-' || strstr(name, "--"))
        return false;
    for (; *name; name++)
        if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '-')
            return false;
    return true;
}

static int check_public(struct exchange *x, const struct resource *account, const char *access)
{
    if (!access)
        return 0;
    if (!same_text(access, "container") && !same_text(access, "blob"))
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format.");
    if (json_is_true(dig(account->body, "properties.allowBlobPublicAccess")))
        return 0;
    return blob_fail(x, 409, "PublicAccessNotPermitted",
                     "Public access is not permitted on this storage account.");
}

static int stamp(struct exchange *x, int status)
{
    reply_header(x, "ETag", "\"0x1\"");
    reply_header(x, "Last-Modified", "%s", http_date(&x->pool, clock_calendar(&x->sim->clock)));
    return reply(x, status, NULL);
}

static int create(struct exchange *x, const struct target *target)
{
    const struct resource *account = account_find(x->sim, target->account);
    const char *access = header(x, "x-ms-blob-public-access");
    json_t *body;

    if (!good_name(target->container))
        return blob_fail(x, 400, "InvalidResourceName",
                         "The specified resource name contains invalid characters.");
    if (blob_container(x->sim, target))
        return blob_fail(x, 409, "ContainerAlreadyExists",
                         "The specified container already exists.");
    if (check_public(x, account, access))
        return -1;
    body = json_pack("{s:{s:s,s:b,s:b}}", "properties", "publicAccess",
                     same_text(access, "container") ? "Container"
                     : access                       ? "Blob"
                                                    : "None",
                     "hasImmutabilityPolicy", 0, "hasLegalHold", 0);
    arm_make(x,
             pool_print(&x->pool, "%s/blobServices/default/containers/%s", account->id,
                        target->container),
             body);
    return stamp(x, 201);
}

int container_handle(struct exchange *x, const struct target *target)
{
    const char *part = query(x, "comp");
    struct resource *container;

    if (x->q.verb == VERB_PUT && !part)
        return create(x, target);
    container = blob_container(x->sim, target);
    if (!container)
        return blob_fail(x, 404, "ContainerNotFound", "The specified container does not exist.");
    if (x->q.verb == VERB_GET && same_text(part, "list"))
        return blob_list(x, target);
    if (part)
        return blob_fail(x, 400, "InvalidQueryParameterValue", "This comp is not simulated.");
    if (x->q.verb == VERB_DELETE) {
        store_remove(x->sim, container);
        return reply(x, 202, NULL);
    }
    if (x->q.verb != VERB_GET && x->q.verb != VERB_HEAD)
        return blob_fail(x, 405, "UnsupportedHttpVerb",
                         "The resource doesn't support the specified HTTP verb.");
    reply_header(x, "x-ms-lease-status", "unlocked");
    reply_header(x, "x-ms-lease-state", "available");
    if (!same_text(dig_text(container->body, "properties.publicAccess"), "None"))
        reply_header(x, "x-ms-blob-public-access", "%s",
                     pool_lower(&x->pool, dig_text(container->body, "properties.publicAccess")));
    return stamp(x, 200);
}
