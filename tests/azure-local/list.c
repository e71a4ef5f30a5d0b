/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: by page, in the order of creation. */
#include "kind.h"

#include "text.h"
#include "world.h"

#include <stdlib.h>

/* The same URL again, with another token: a client follows it blindly. */
static char *next_link(struct exchange *x, uint64_t last)
{
    char *link = pool_print(&x->pool, "%s%s?", x->sim->base, x->q.path);

    for (size_t i = 0; i < x->q.query.count; i++) {
        const struct pair *pair = &x->q.query.list[i];

        if (!same_text(pair->name, "$skiptoken"))
            link = pool_print(&x->pool, "%s%s=%s&", link, pair->name,
                              url_encode(&x->pool, pair->value));
    }
    return pool_print(&x->pool, "%s$skiptoken=%llu", link, (unsigned long long)last);
}

static bool wanted_here(struct exchange *x, const struct resource *resource, const char *group,
                        const struct resource *parent)
{
    if (parent && resource->parent != parent)
        return false;
    if (group && !same_text(resource->group, group))
        return false;
    return resource->hidden_until <= clock_azure(&x->sim->clock) && !resource->hidden_reads;
}

int arm_list(struct exchange *x, const struct kind *kind, const char *subscription,
             const char *group, const struct resource *parent)
{
    const struct shelf *shelf = store_shelf(x->sim, subscription, kind->type);
    const char *token = query(x, "$skiptoken");
    uint64_t after = token ? strtoull(token, NULL, 10) : 0;
    size_t most = x->sim->world->page_size, count = 0;
    json_t *values = json_array();
    json_t *body = json_pack("{s:o}", "value", values);
    uint64_t last = 0;

    for (const struct resource *at = shelf->first; at; at = at->next) {
        if (at->order <= after || !wanted_here(x, at, group, parent))
            continue;
        if (count == most) {
            json_object_set_new(body, "nextLink", json_string(next_link(x, last)));
            break;
        }
        json_array_append_new(values, arm_show(x, at));
        last = at->order;
        count++;
    }
    return reply(x, 200, body);
}

int arm_reply_page(struct exchange *x, json_t *all)
{
    const char *token = query(x, "$skiptoken");
    size_t at = token ? strtoull(token, NULL, 10) : 0;
    size_t most = x->sim->world->page_size;
    json_t *values = json_array();
    json_t *body = json_pack("{s:o}", "value", values);

    for (size_t count = 0; count < most && at < json_array_size(all); count++)
        json_array_append(values, json_array_get(all, at++));
    if (at < json_array_size(all))
        json_object_set_new(body, "nextLink", json_string(next_link(x, at)));
    json_decref(all);
    return reply(x, 200, body);
}
