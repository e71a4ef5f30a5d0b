/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure's token buckets: the resource manager's for a subscription and principal, and those of
 * the compute and network providers for a subscription and region. They fill on Azure's clock.
 */
#include "throttle.h"

#include "count.h"
#include "store.h"
#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct policy {
    const char *name;
    double most, a_second;
};

struct bucket {
    double tokens;
    int64_t filled;  /* Azure's clock */
    int64_t refused; /* the client's clock, of the last refusal */
    int64_t open;    /* the client's clock: asking before is a violation */
};

struct throttle {
    struct table buckets;
};

/* Milliseconds: what was on its way when the refusal went out, and how early a timer may be. */
enum { GRACE = 100, SLACK = 20 };

static const struct policy reads = {"reads", 250, 25};
static const struct policy writes = {"writes", 200, 10};
static const struct policy deletes = {"deletes", 200, 10};

static const struct policy vm_create = {"CreateVMResource", 1500, 500.0 / 60};
static const struct policy vm_update = {"UpdateVMResource", 1500, 500.0 / 60};
static const struct policy vm_delete = {"DeleteVMResource", 1500, 500.0 / 60};
static const struct policy vm_get = {"GetVMResource", 24000, 8000.0 / 60};
static const struct policy vm_list = {"ListVMResource", 900, 300.0 / 60};
static const struct policy compute_poll = {"GetOperation", 15000, 5000.0 / 60};
static const struct policy one_vm = {"PerVM", 12, 4.0 / 60};
static const struct policy one_vm_poll = {"PerVMPoll", 45, 15.0 / 60};
static const struct policy network_writes = {"NetworkWrites", 1000, 1000.0 / 300};
static const struct policy network_reads = {"NetworkReads", 10000, 10000.0 / 300};

struct throttle *throttle_new(void)
{
    return must_alloc(sizeof(struct throttle));
}

void throttle_reset(struct throttle *throttle)
{
    table_end(&throttle->buckets, free);
}

void throttle_end(struct throttle *throttle)
{
    throttle_reset(throttle);
    free(throttle);
}

static struct bucket *bucket_of(struct exchange *x, const struct policy *policy, const char *whose)
{
    struct table *buckets = &x->sim->throttle->buckets;
    char *key = pool_lower(&x->pool, pool_print(&x->pool, "%s %s", policy->name, whose));
    struct bucket *bucket = table_get(buckets, key);
    int64_t now = clock_azure(&x->sim->clock);

    if (!bucket) {
        bucket = must_alloc(sizeof *bucket);
        bucket->tokens = policy->most;
        bucket->filled = now;
        table_put(buckets, key, bucket);
    }
    bucket->tokens += (double)(now - bucket->filled) / 1000 * policy->a_second;
    if (bucket->tokens > policy->most)
        bucket->tokens = policy->most;
    bucket->filled = now;
    return bucket;
}

/* The client's whole seconds until there is a token again, one at least. */
static int64_t wait_for(struct exchange *x, const struct bucket *bucket,
                        const struct policy *policy)
{
    double azure = (1 - bucket->tokens) / policy->a_second * 1000;
    int64_t client = clock_to_client(&x->sim->clock, (int64_t)azure + 1);

    return client <= 1000 ? 1 : (client + 999) / 1000;
}

/* Compute answers without the wrapper. */
static void unwrap(struct exchange *x)
{
    json_t *error = json_incref(json_object_get(x->a.json, "error"));

    json_decref(x->a.json);
    x->a.json = error;
}

static int refuse_throttled(struct exchange *x, const struct policy *policy, int64_t wait)
{
    bool compute = x->path.type && starts_with(x->path.type, "Microsoft.Compute/") &&
                   policy != &reads && policy != &writes && policy != &deletes;

    x->sim->counts->throttled++;
    reply_header(x, "Retry-After", "%lld", (long long)wait);
    if (!compute)
        return refuse(x, 429, "TooManyRequests",
                      "The request is being throttled as the limit has been reached for operation "
                      "type - %s. Please try again after '%lld' seconds.",
                      policy->name, (long long)wait);
    refuse(x, 429, "OperationNotAllowed",
           "The server rejected the request because too many requests have been received for this "
           "subscription.");
    refuse_detail(x, "TooManyRequests", "%s;PT%llds", policy->name, (long long)wait);
    unwrap(x);
    return -1;
}

static int take(struct exchange *x, const struct policy *policy, const char *whose, double *left)
{
    struct bucket *bucket = bucket_of(x, policy, whose);
    int64_t now = clock_real();
    bool closed = bucket->open > now + SLACK;
    bool on_its_way = closed && now - bucket->refused <= GRACE;
    int64_t wait;

    if (!closed && bucket->tokens >= 1) {
        bucket->tokens -= 1;
        *left = bucket->tokens;
        return 0;
    }
    if (on_its_way) /* nobody else has to wait longer for it */
        return refuse_throttled(x, policy, (bucket->open - now + 999) / 1000);
    if (closed)
        x->sim->counts->violations++;
    wait = wait_for(x, bucket, policy);
    bucket->refused = now;
    bucket->open = now + wait * 1000;
    return refuse_throttled(x, policy, wait);
}

static bool is_poll(const struct exchange *x)
{
    return x->path.type_key && ends_with(x->path.type_key, "/locations/operations");
}

static const char *location_of(struct exchange *x)
{
    const struct resource *resource = x->path.key ? store_find(x->sim, x->path.key) : NULL;
    const char *asked = dig_text(x->q.json, "location");

    if (is_poll(x))
        return x->path.name[0];
    return resource ? resource->location : asked ? asked : "";
}

static const struct policy *compute_policy(const struct exchange *x)
{
    bool collection = x->path.types > x->path.names;

    if (is_poll(x))
        return &compute_poll;
    switch (x->q.verb) {
    case VERB_GET:
        return collection ? &vm_list : &vm_get;
    case VERB_DELETE:
        return &vm_delete;
    case VERB_POST:
        return ends_with(x->path.id, "/deallocate") ? &vm_delete : &vm_update;
    default:
        return store_find(x->sim, x->path.key) ? &vm_update : &vm_create;
    }
}

static int take_compute(struct exchange *x)
{
    const struct policy *policy = compute_policy(x);
    char *region = pool_print(&x->pool, "%s %s", x->path.subscription, location_of(x));
    bool on_vm = starts_with(x->path.type_key, "microsoft.compute/virtualmachines");
    double left;

    if (take(x, policy, region, &left))
        return -1;
    reply_header(x, "x-ms-ratelimit-remaining-resource", "Microsoft.Compute/%s;%d", policy->name,
                 (int)left);
    if (on_vm && x->q.verb != VERB_GET && x->path.names)
        return take(x, &one_vm,
                    pool_print(&x->pool, "%s %s %s", policy->name, x->path.group, x->path.name[0]),
                    &left);
    if (is_poll(x))
        return take(x, &one_vm_poll, x->path.key, &left);
    return 0;
}

int throttle_check(struct exchange *x)
{
    const struct policy *policy = x->q.verb == VERB_GET || x->q.verb == VERB_HEAD ? &reads
                                  : x->q.verb == VERB_DELETE                      ? &deletes
                                                                                  : &writes;
    double left = 0;
    char *whose;

    if (x->sim->options->no_throttle || !x->path.subscription)
        return 0;
    whose = pool_print(&x->pool, "%s %s", x->path.subscription, x->caller->client_id);
    if (take(x, policy, whose, &left))
        return -1;
    reply_header(x, pool_print(&x->pool, "x-ms-ratelimit-remaining-subscription-%s", policy->name),
                 "%d", (int)left);
    if (starts_with(x->path.type_key, "microsoft.compute/virtualmachines") || is_poll(x))
        return starts_with(x->path.type_key, "microsoft.compute/") ? take_compute(x) : 0;
    if (starts_with(x->path.type_key, "microsoft.network/"))
        return take(x, policy == &reads ? &network_reads : &network_writes,
                    pool_print(&x->pool, "%s %s", x->path.subscription, location_of(x)), &left);
    return 0;
}
