/* SPDX-License-Identifier: Apache-2.0 */
/* The control plane under /_local/: looking into the simulation and bending it. */
#include "control.h"

#include "blob.h"
#include "compute.h"
#include "count.h"
#include "fault.h"
#include "kind.h"
#include "script.h"
#include "text.h"
#include "throttle.h"
#include "tunnel.h"
#include "vault.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* What differs between two runs that did the same. */
static bool is_volatile(const char *name)
{
    static const char *const names[] = {"etag",
                                        "resourceGuid",
                                        "vmId",
                                        "uniqueId",
                                        "timeCreated",
                                        "time",
                                        "macAddress",
                                        "creationTime",
                                        "createdOn",
                                        "updatedOn",
                                        "publishedDate",
                                        "ipAddress",
                                        "tunnelIpAddresses",

                                        "keyCreationTime",
                                        "lastModifiedTime"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void strip(json_t *json)
{
    bool dynamic = same_text(dig_text(json, "privateIPAllocationMethod"), "Dynamic");
    const char *name;
    json_t *value;
    void *next;
    size_t i;

    json_object_foreach_safe(json, next, name, value)
    {
        if (is_volatile(name) || (dynamic && strcmp(name, "privateIPAddress") == 0))
            json_object_del(json, name);
        else
            strip(value);
    }
    json_array_foreach(json, i, value) strip(value);
}

static int by_key(const void *a, const void *b)
{
    const struct resource *const *one = a, *const *two = b;

    return strcmp((*one)->key, (*two)->key);
}

static json_t *show_resource(const struct resource *resource)
{
    json_t *copy = json_deep_copy(resource->body);

    strip(copy);
    if (dig_text(resource->facts, "power"))
        json_object_set(copy, "power", json_object_get(resource->facts, "power"));
    return copy;
}

static int show_state(struct exchange *x)
{
    const struct table *all = &x->sim->store->by_key;
    struct resource **list = must_alloc(all->count * sizeof(struct resource *));
    json_t *resources = json_array(), *state;
    size_t count = 0;
    char *text, *copy;

    for (struct table_entry *at = NULL; (at = table_next(all, at));)
        list[count++] = at->value;
    qsort(list, count, sizeof(struct resource *), by_key);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(resources, show_resource(list[i]));
    free(list);
    state = json_pack("{s:o,s:o,s:o}", "blobs", blobs_show(x->sim), "resources", resources,
                      "vaults", vaults_show(x->sim));
    text = json_dumps(state, JSON_SORT_KEYS | JSON_INDENT(1));
    json_decref(state);
    copy = pool_print(&x->pool, "%s\n", text ? text : "{}");
    free(text);
    return reply_raw(x, 200, "application/json; charset=utf-8", copy, strlen(copy));
}

static int add_faults(struct exchange *x)
{
    char why[256];
    json_t *rule;
    size_t i;

    if (json_is_object(x->q.json)) {
        if (faults_add(x->sim->faults, x->q.json, why, sizeof why))
            return refuse(x, 400, "BadFault", "%s", why);
    } else if (!json_is_array(x->q.json)) {
        return refuse(x, 400, "BadFault", "An array of rules is wanted.");
    }
    json_array_foreach(x->q.json, i,
                       rule) if (json_is_array(x->q.json) &&
                                 faults_add(x->sim->faults, rule, why,
                                            sizeof why)) return refuse(x, 400, "BadFault",
                                                                       "rule %zu: %s", i, why);
    return reply(x, 200, faults_show(x->sim->faults));
}

static int show_faults(struct exchange *x)
{
    return reply(x, 200, faults_show(x->sim->faults));
}

static int clear_faults(struct exchange *x)
{
    faults_clear(x->sim->faults);
    return reply(x, 200, json_object());
}

static int show_counts(struct exchange *x)
{
    return reply(x, 200, counts_show(x->sim->counts));
}

static int reset_counts(struct exchange *x)
{
    counts_reset(x->sim->counts);
    return reply(x, 200, json_object());
}

static int reset_throttle(struct exchange *x)
{
    throttle_reset(x->sim->throttle);
    return reply(x, 200, json_object());
}

static int show_clock(struct exchange *x)
{
    struct clock *clock = &x->sim->clock;

    return reply(x, 200,
                 json_pack("{s:f,s:f,s:s}", "scale", clock->scale, "azureSeconds",
                           (double)clock_azure(clock) / 1000, "calendar",
                           iso_time(&x->pool, clock_calendar(clock))));
}

static int advance_clock(struct exchange *x)
{
    json_t *seconds = json_object_get(x->q.json, "advance");

    if (!json_is_number(seconds) || json_number_value(seconds) < 0 ||
        json_number_value(seconds) > 1e9)
        return refuse(x, 400, "BadClock", "advance: a number of seconds is wanted.");
    x->sim->clock.advanced += (int64_t)(json_number_value(seconds) * 1000);
    if (json_is_true(json_object_get(x->q.json, "calendar")))
        x->sim->clock.shifted += (int64_t)(json_number_value(seconds) * 1000);
    clock_pump(&x->sim->clock);
    return show_clock(x);
}

/* Removes a resource behind everybody's back: no checks, no operation. */
static int remove_behind(struct exchange *x)
{
    struct resource *resource = store_find_id(x, dig_text(x->q.json, "id"));

    if (!resource)
        return refuse(x, 404, "ResourceNotFound", "There is no resource with that id.");
    store_remove(x->sim, resource);
    return reply(x, 200, json_object());
}

static int healthy(struct exchange *x)
{
    return reply(x, 200,
                 json_pack("{s:s,s:s}", "status", "ok", "what",
                           "azure-local, a simulation of a subset of Azure"));
}

static const struct {
    enum verb verb;
    const char *path;
    int (*handle)(struct exchange *x);
} routes[] = {
    {VERB_GET, "/_local/healthz", healthy},
    {VERB_GET, "/_local/state", show_state},
    {VERB_GET, "/_local/counts", show_counts},
    {VERB_POST, "/_local/counts/reset", reset_counts},
    {VERB_GET, "/_local/faults", show_faults},
    {VERB_POST, "/_local/faults", add_faults},
    {VERB_DELETE, "/_local/faults", clear_faults},
    {VERB_GET, "/_local/clock", show_clock},
    {VERB_POST, "/_local/clock", advance_clock},
    {VERB_POST, "/_local/throttle/reset", reset_throttle},
    {VERB_POST, "/_local/remove", remove_behind},
    {VERB_GET, "/_local/devices", devices_show},
    {VERB_POST, "/_local/devices", devices_add},
    {VERB_DELETE, "/_local/devices", devices_clear},
    {VERB_GET, "/_local/devicecode", signins_show},
    {VERB_POST, "/_local/devicecode", signin_decide},
    {VERB_POST, "/_local/signout", signin_out},
    {VERB_POST, "/_local/images", image_publish},
    {VERB_POST, "/_local/machine-root", machine_root_post},
    {VERB_DELETE, "/_local/machine-root", machine_root_clear},
    {VERB_POST, "/_local/script-answer", script_answer_post},
};

void control_handle(struct exchange *x)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (routes[i].verb == x->q.verb && strcmp(routes[i].path, x->q.path) == 0) {
            routes[i].handle(x);
            return;
        }
    refuse(x, 404, "NotFound", "The control plane has no %s %s.", x->q.method, x->q.path);
}
