/* SPDX-License-Identifier: Apache-2.0 */
/* What a body refers to must be there, be ready, and be open to the caller. */
#include "kind.h"

#include "text.h"
#include "world.h"

static bool is_id_of(struct exchange *x, const char *id, const char *type)
{
    struct arm_path path;

    return id && *id == '/' && !arm_path_parse(&x->pool, id, &path) && path.subscription &&
           path.names == path.types && same_text(path.type, type);
}

static struct resource *refuse_absent(struct exchange *x, const char *id, const struct need *need)
{
    struct arm_path path;

    if (starts_with(need->type, "Microsoft.Network/")) {
        refuse(x, 400, "InvalidResourceReference",
               "Resource %s referenced by resource %s was not found. Please make sure that the "
               "referenced resource exists, and that both resources are in the same region.",
               id, x->path.id);
        return NULL;
    }
    arm_path_parse(&x->pool, id, &path);
    refuse(x, 404, "ResourceNotFound",
           "The Resource '%s/%s' under resource group '%s' was not found.", need->type,
           path.names ? path.name[path.names - 1] : "", path.group ? path.group : "");
    return NULL;
}

static bool is_ready(const struct resource *resource)
{
    const char *state = get_state(resource);

    return same_text(state, "Succeeded") && (!resource->parent || is_ready(resource->parent));
}

struct resource *need_ref(struct exchange *x, const char *id, const struct need *need)
{
    struct resource *resource;

    if (!is_id_of(x, id, need->type)) {
        refuse(x, 400, "LinkedInvalidPropertyId",
               "Property id '%s' at path '%s' is invalid. Expect fully qualified resource Id that "
               "start with '/subscriptions/{subscriptionId}' or "
               "'/providers/{resourceProviderNamespace}/'.",
               id ? id : "", need->where);
        return NULL;
    }
    if (need->action && access_linked(x, need->action, id))
        return NULL;
    resource = store_find_id(x, id);
    if (!resource)
        return refuse_absent(x, id, need);
    if (need->location && !same_text(resource->location, need->location)) {
        refuse(x, 400, "InvalidResourceReference",
               "Resource %s referenced by resource %s was not found. Please make sure that the "
               "referenced resource exists, and that both resources are in the same region.",
               id, x->path.id);
        return NULL;
    }
    if (need->ready && !is_ready(resource)) {
        refuse(x, 429, "RetryableError", "A retryable error occurred.");
        refuse_detail(
            x, "ReferencedResourceNotProvisioned",
            "Cannot proceed with operation because resource %s used by resource %s is not "
            "in Succeeded state. Resource is in %s state and the last operation that "
            "updated/is updating the resource is PutOperation.",
            id, x->path.id, get_state(resource));
        return NULL;
    }
    return resource;
}
