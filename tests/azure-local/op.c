/* SPDX-License-Identifier: Apache-2.0 */
/* Long-running operations: how they start, end, and are watched. */
#include "op.h"

#include "fault.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_MORE = 1000 }; /* Azure's milliseconds */

static void settle_children(struct resource *resource)
{
    for (struct resource *child = resource->first_child; child; child = child->next_sibling)
        if (!child->op && !child->kind->plain)
            set_state(child, "Succeeded");
}

static void finish_well(struct op *op, struct resource *resource)
{
    if (!resource)
        return;
    if (op->verb == OP_REMOVE) {
        store_remove(op->sim, resource);
        return;
    }
    if (op->verb == OP_ACTION) {
        if (op->end)
            op->end(op->sim, resource, op->what);
        return;
    }
    set_state(resource, "Succeeded");
    if (op->watch == WATCH_NETWORK)
        settle_children(resource);
    if (resource->kind->settled)
        resource->kind->settled(op->sim, resource);
}

/* Reported as failed before; now it turns out to have worked. */
static void come_late(void *subject)
{
    struct op *op = subject;

    if (op->late_done)
        return;
    op->late_done = true;
    finish_well(op, store_find(op->sim, op->key));
}

static void finish(void *subject)
{
    struct op *op = subject;
    struct resource *resource;

    if (op->done)
        return;
    resource = store_find(op->sim, op->key);
    if (resource && op->verb < OP_REMOVE && !op->code && resource->kind->unready &&
        resource->kind->unready(op->sim, resource)) {
        op->due = clock_azure(&op->sim->clock) + WAIT_MORE;
        clock_at(&op->sim->clock, op->due, finish, op);
        return;
    }
    op->done = true;
    op->ended = clock_calendar(&op->sim->clock);
    if (resource && resource->op == op)
        resource->op = NULL;
    if (!op->code) {
        op->status = "Succeeded";
        finish_well(op, resource);
        return;
    }
    op->status = "Failed";
    if (resource && op->verb != OP_ACTION) {
        resource->deleting = false;
        set_state(resource, "Failed");
        json_object_set_new(resource->facts, "failure", json_string(op->message));
        json_object_set_new(resource->facts, "failureCode", json_string(op->code));
    }
    if (op->late)
        clock_at(&op->sim->clock, op->due + op->late, come_late, op);
}

static struct op *op_new(struct exchange *x, struct resource *resource, enum op_verb verb,
                         const char *what, struct span span)
{
    struct sim *sim = x->sim;
    struct op *op = must_alloc(sizeof *op);
    char *lot = pool_print(&x->pool, "%s %s", resource->key, what);

    op->sim = sim;
    op->id = must_copy(new_guid(sim, &x->pool));
    op->verb = verb;
    op->watch = resource->kind->watch;
    op->subscription = must_copy(resource->subscription);
    op->location = must_copy(*resource->location ? resource->location : "global");
    op->key = must_copy(resource->key);
    op->what = must_copy(what);
    op->starter = x->caller;
    op->start = clock_azure(&sim->clock);
    op->due = op->start + draw(sim, lot, (int64_t)span.low * 1000, (int64_t)span.high * 1000);
    op->calendar = clock_calendar(&sim->clock);
    op->status = "InProgress";
    if (resource->op && verb != OP_ACTION)
        op_overtaken(resource->op);
    if (verb != OP_ACTION || !resource->op)
        resource->op = op;
    table_put(&sim->ops, op->id, op);
    fault_on_operation(x, op);
    clock_at(&sim->clock, op->due, finish, op);
    return op;
}

struct op *op_start(struct exchange *x, struct resource *resource, enum op_verb verb,
                    struct span span)
{
    static const char *const names[] = {"create", "update", "delete", "action"};

    return op_new(x, resource, verb, names[verb], span);
}

struct op *op_action(struct exchange *x, struct resource *resource, const char *what,
                     struct span span, op_end_fn *end)
{
    struct op *op = op_new(x, resource, OP_ACTION, what, span);

    op->end = end;
    return op;
}

void op_fail_later(struct op *op, const char *code, const char *message)
{
    free(op->code);
    free(op->message);
    op->code = must_copy(code);
    op->message = must_copy(message);
}

void op_overtaken(struct op *op)
{
    struct resource *resource = store_find(op->sim, op->key);

    op_fail_later(op, "OperationPreempted",
                  "Operation execution has been preempted by a more recent operation.");
    op->done = true;
    op->ended = clock_calendar(&op->sim->clock);
    op->status = "Canceled";
    if (resource && resource->op == op)
        resource->op = NULL;
}

int64_t op_wait(const struct op *op)
{
    const struct clock *clock = &op->sim->clock;
    int64_t left = (op->due - clock_azure(clock)) / 1000 + 1;
    int64_t wait = left > 30 ? 30 : left < 10 ? 10 : left;

    if (clock->scale <= 1)
        return wait;
    return (clock_to_client(clock, wait * 1000) + 500) / 1000;
}

static char *op_url(struct exchange *x, const struct op *op, const char *collection, bool monitor)
{
    static const char *const provider[] = {"", "Microsoft.Network", "Microsoft.Compute",
                                           "Microsoft.Storage", ""};
    const char *tail = monitor ? "monitor=true&" : "";

    if (op->watch == WATCH_RESOURCES)
        return pool_print(&x->pool, "%s/subscriptions/%s/operationresults/%s?api-version=%s",
                          x->sim->base, op->subscription, op->id, x->api_version);
    return pool_print(&x->pool,
                      "%s/subscriptions/%s/providers/%s/locations/%s/%s/%s?%sapi-version=%s",
                      x->sim->base, op->subscription, provider[op->watch], op->location, collection,
                      op->id, tail, x->api_version);
}

void op_headers(struct exchange *x, const struct op *op, bool location)
{
    bool network = op->watch == WATCH_NETWORK;
    bool only_location = op->watch == WATCH_STORAGE || op->watch == WATCH_RESOURCES;

    if (!only_location)
        reply_header(x, "Azure-AsyncOperation", "%s", op_url(x, op, "operations", false));
    if (only_location)
        reply_header(x, "Location", "%s", op_url(x, op, "asyncoperations", true));
    else if (location)
        reply_header(x, "Location", "%s",
                     op_url(x, op, network ? "operationResults" : "operations", !network));
    reply_header(x, "Retry-After", "%lld", (long long)op_wait(op));
}

bool op_is_own(struct exchange *x, const char *id)
{
    const struct op *op = table_get(&x->sim->ops, id);

    return op && op->starter == x->caller;
}

static struct op *op_find(struct exchange *x, const char *id)
{
    struct op *op = table_get(&x->sim->ops, id);

    if (op && same_text(op->subscription, x->path.subscription))
        return op;
    refuse(x, 404, "ResourceNotFound", "The entity was not found: operation '%s'.", id);
    return NULL;
}

int op_answer_status(struct exchange *x, const char *id)
{
    struct op *op = op_find(x, id);
    int64_t now = clock_azure(&x->sim->clock);
    int percent;
    json_t *body;

    if (!op)
        return -1;
    body = json_pack("{s:s,s:s,s:s}", "startTime", iso_time(&x->pool, op->calendar), "status",
                     op->status, "name", op->id);
    if (op->done) {
        json_object_set_new(body, "endTime", json_string(iso_time(&x->pool, op->ended)));
    } else {
        percent = op->due > op->start ? (int)((now - op->start) * 100 / (op->due - op->start)) : 99;
        json_object_set_new(body, "percentComplete", json_integer(percent));
        reply_header(x, "Retry-After", "%lld", (long long)op_wait(op));
    }
    if (op->code && op->done)
        json_object_set_new(body, "error",
                            json_pack("{s:s,s:s}", "code", op->code, "message", op->message));
    if (op->output && op->done && !op->code)
        plant(body, "properties.output", json_incref(op->output));
    return reply(x, 200, body);
}

int op_answer_result(struct exchange *x, const char *id)
{
    struct op *op = op_find(x, id);
    struct resource *resource;

    if (!op)
        return -1;
    if (!op->done) {
        op_headers(x, op, true);
        return reply(x, 202, NULL);
    }
    if (op->code)
        return refuse(x, 409, op->code, "%s", op->message);
    if (op->verb == OP_REMOVE)
        return reply(x, op->watch == WATCH_RESOURCES ? 200 : 204, NULL);
    if (op->verb == OP_ACTION)
        return reply(x, 200, op->output ? json_incref(op->output) : NULL);
    resource = store_find(x->sim, op->key);
    return reply(x, 200, resource ? arm_show(x, resource) : NULL);
}

void op_release(void *subject)
{
    struct op *op = subject;

    json_decref(op->output);
    free(op->id);
    free(op->subscription);
    free(op->location);
    free(op->key);
    free(op->what);
    free(op->code);
    free(op->message);
    free(op);
}
