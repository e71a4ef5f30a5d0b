/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions, resource groups, and the lists over everything in them. */
#include "group.h"

#include "text.h"
#include "world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int group_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *name = x->path.name[0];
    bool good = strlen(name) <= 90 && !ends_with(name, ".");

    for (const char *at = name; *at; at++)
        good = good && (isalnum((unsigned char)*at) || strchr("-_.()", *at));
    if (!good)
        return refuse(x, 400, "InvalidResourceGroupName",
                      "The provided resource group name '%s' is invalid: up to 90 letters, digits, "
                      "hyphens, underscores, periods and parentheses, not ending in a period.",
                      name);
    if (old && old->deleting)
        return refuse(x, 409, "ResourceGroupBeingDeleted",
                      "The resource group '%s' is in deprovisioning state and cannot perform this "
                      "operation.",
                      name);
    return 0;
}

static bool in_group(const struct resource *resource, const struct resource *group)
{
    return resource != group && same_text(resource->group, group->group) &&
           same_text(resource->subscription, group->subscription);
}

/* Something outside that holds on to something inside keeps the group. */
int group_spare(struct exchange *x, struct resource *group)
{
    for (struct table_entry *at = NULL; (at = table_next(&x->sim->store->by_key, at));) {
        const struct resource *inner = at->value;
        const struct holders *holders;

        if (!in_group(inner, group))
            continue;
        holders = store_holders(x->sim, inner->key);
        for (size_t i = 0; i < holders->count; i++) {
            const struct resource *holder = holders->list[i];

            if (same_text(holder->group, group->group) ||
                same_text(holder->kind->inlined, "virtualNetworkPeerings"))
                continue;
            refuse(
                x, 409, "ResourceGroupDeletionBlocked",
                "Deletion of resource group '%s' failed as resources with identifiers '%s' could "
                "not be deleted.",
                group->name, inner->id);
            refuse_detail(x, "InUse", "%s is used by %s", inner->id, holder->id);
            return -1;
        }
    }
    return 0;
}

void group_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    json_object_set_new(answer, "type", json_string("Microsoft.Resources/resourceGroups"));
}

static struct resource *any_in(const struct sim *sim, const struct resource *group)
{
    for (struct table_entry *at = NULL; (at = table_next(&sim->store->by_key, at));)
        if (in_group(at->value, group))
            return at->value;
    return NULL;
}

/* Machines first: they take their parts along. */
void group_gone(struct sim *sim, struct resource *group)
{
    const struct shelf *machines =
        store_shelf(sim, group->subscription, "Microsoft.Compute/virtualMachines");
    struct resource *at = machines->first;

    while (at) {
        struct resource *next = at->next;

        if (in_group(at, group))
            store_remove(sim, at);
        at = next;
    }
    while ((at = any_in(sim, group)))
        store_remove(sim, at);
}

static json_t *show_subscription(struct exchange *x, const struct subscription *subscription)
{
    char *id = pool_print(&x->pool, "/subscriptions/%s", subscription->id);

    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:{s:s,s:s,s:s}}", "id", id, "authorizationSource",
                     "RoleBased", "subscriptionId", subscription->id, "tenantId",
                     subscription->tenant, "displayName", subscription->name, "state", "Enabled",
                     "subscriptionPolicies", "locationPlacementId", "Public_2014-09-01", "quotaId",
                     "PayAsYouGo_2014-09-01", "spendingLimit", "Off");
}

int subscriptions_list(struct exchange *x)
{
    json_t *list = json_array();

    for (const struct subscription *at = x->sim->world->subscriptions; at; at = at->next) {
        char *scope = pool_print(&x->pool, "/subscriptions/%s", at->id);

        if (same_text(at->tenant, x->caller->tenant) &&
            access_allows(x->caller, "Microsoft.Resources/subscriptions/read", scope))
            json_array_append_new(list, show_subscription(x, at));
    }
    return reply(x, 200, json_pack("{s:o,s:s}", "value", list, "nextLink", ""));
}

int subscription_get(struct exchange *x)
{
    return reply(x, 200,
                 show_subscription(x, world_subscription(x->sim->world, x->path.subscription)));
}

int tenants_list(struct exchange *x)
{
    return reply(x, 200,
                 json_pack("{s:[{s:s,s:s}]}", "value", "id",
                           pool_print(&x->pool, "/tenants/%s", x->caller->tenant), "tenantId",
                           x->caller->tenant));
}

int locations_list(struct exchange *x)
{
    json_t *list = json_array();
    const struct region *region;

    for (size_t i = 0; (region = region_at(i)); i++) {
        char *id = pool_print(&x->pool, "/subscriptions/%s/locations/%s", x->path.subscription,
                              region->name);

        json_array_append_new(
            list,
            json_pack("{s:s,s:s,s:s,s:s,s:s,s:{s:s,s:s,s:s,s:s}}", "id", id, "name", region->name,
                      "type", "Region", "displayName", region->display, "regionalDisplayName",
                      pool_print(&x->pool, "(%s) %s", region->geography, region->display),
                      "metadata", "regionType", "Physical", "regionCategory", "Recommended",
                      "geography", region->geography, "physicalLocation", region->display));
    }
    return reply(x, 200, json_pack("{s:o}", "value", list));
}

/* resourceType eq 'T', tagName eq 'N' and tagValue eq 'V' */
struct filter {
    char *type, *tag, *value;
};

static char *quoted_after(struct pool *pool, const char *text, const char *name)
{
    const char *at = text ? strcasestr(text, name) : NULL;
    const char *quote = at ? strchr(at, '\'') : NULL;

    return quote ? pool_copy(pool, quote + 1, strcspn(quote + 1, "'")) : NULL;
}

static bool passes(const struct resource *resource, const struct filter *filter)
{
    const char *value;

    if (filter->type && !same_text(resource->kind->type, filter->type))
        return false;
    if (!filter->tag)
        return true;
    value =
        json_string_value(json_object_get(json_object_get(resource->body, "tags"), filter->tag));
    return value && (!filter->value || same_text(value, filter->value));
}

static int by_order(const void *a, const void *b)
{
    const struct resource *const *one = a, *const *two = b;

    return (*one)->order < (*two)->order ? -1 : (*one)->order > (*two)->order;
}

static json_t *brief(const struct resource *resource)
{
    static const char *const keys[] = {"id",   "name", "type",     "location",
                                       "tags", "sku",  "managedBy"};
    json_t *answer = json_object();

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(resource->body, keys[i]))
            json_object_set(answer, keys[i], json_object_get(resource->body, keys[i]));
    return answer;
}

int resources_list(struct exchange *x)
{
    const char *text = query(x, "$filter");
    struct filter filter = {quoted_after(&x->pool, text, "resourceType"),
                            quoted_after(&x->pool, text, "tagName"),
                            quoted_after(&x->pool, text, "tagValue")};
    const struct store *store = x->sim->store;
    struct resource **found = must_alloc(store->by_key.count * sizeof(struct resource *));
    json_t *list = json_array();
    size_t count = 0;

    for (struct table_entry *at = NULL; (at = table_next(&store->by_key, at));) {
        struct resource *one = at->value;

        if (!one->kind->tracked || strstr(one->kind->type, "/resourceGroups") ||
            !same_text(one->subscription, x->path.subscription) ||
            (x->path.group && !same_text(one->group, x->path.group)) || !passes(one, &filter))
            continue;
        found[count++] = one;
    }
    qsort(found, count, sizeof(struct resource *), by_order);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, brief(found[i]));
    free(found);
    return reply(x, 200, json_pack("{s:o}", "value", list));
}

static const char *const providers[] = {"Microsoft.Network", "Microsoft.Compute",
                                        "Microsoft.Storage", "Microsoft.Authorization",
                                        "Microsoft.Resources"};

static json_t *show_provider(struct exchange *x, const char *name)
{
    char *id = pool_print(&x->pool, "/subscriptions/%s/providers/%s", x->path.subscription, name);

    return json_pack("{s:s,s:s,s:s,s:s,s:[]}", "id", id, "namespace", name, "registrationPolicy",
                     "RegistrationRequired", "registrationState", "Registered", "resourceTypes");
}

int providers_list(struct exchange *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        json_array_append_new(list, show_provider(x, providers[i]));
    return reply(x, 200, json_pack("{s:o}", "value", list));
}

int provider_get(struct exchange *x)
{
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        if (same_text(providers[i], x->path.segment[3]))
            return reply(x, 200, show_provider(x, providers[i]));
    return refuse(x, 404, "InvalidResourceNamespace", "The resource namespace '%s' is invalid.",
                  x->path.segment[3]);
}
