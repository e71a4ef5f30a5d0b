/* SPDX-License-Identifier: Apache-2.0 */
/* A small Azure that remembers. */
#include "plan_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE "https://arm.test"

enum { RETRY_AFTER_MS = 7000, ANSWER_MS = 10 };

void world_make(struct world *world, struct fake *fake, int polls)
{
    memset(world, 0, sizeof *world);
    world->fake = fake;
    world->polls = polls;
    world->resources = json_object();
    world->operations = json_array();
}

void world_clear(struct world *world)
{
    json_decref(world->resources);
    json_decref(world->operations);
    free(world->answer);
    memset(world, 0, sizeof *world);
}

char *world_dump(const struct world *world)
{
    json_t *bodies = json_object();
    const char *path;
    json_t *resource;
    json_object_foreach(world->resources, path, resource)
        json_object_set(bodies, path, json_object_get(resource, "body"));
    char *text = json_dumps(bodies, JSON_SORT_KEYS | JSON_INDENT(1));
    json_decref(bodies);
    return text;
}

static void say(struct world *world, struct fake_rule *rule, int status, json_t *body)
{
    free(world->answer);
    world->answer = body ? json_dumps(body, JSON_COMPACT) : strdup("");
    rule->status = status;
    rule->body = world->answer;
    json_decref(body);
}

static void refuse(struct world *world, struct fake_rule *rule, int status, const char *code)
{
    say(world, rule, status,
        json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", "refused"));
}

/* One look at it; at the last one the work is done. Returns whether it still goes on. */
static bool goes_on(struct world *world, const char *path, json_t *resource)
{
    json_int_t polls = json_integer_value(json_object_get(resource, "polls"));
    if (polls > 0)
        json_object_set_new(resource, "polls", json_integer(--polls));
    if (polls > 0)
        return true;
    if (json_is_true(json_object_get(resource, "deleting")))
        json_object_del(world->resources, path);
    return false;
}

static json_t *shown(const char *path, const json_t *resource, bool busy)
{
    json_t *body = json_deep_copy(json_object_get(resource, "body"));
    json_t *properties = json_object_get(body, "properties");
    if (!properties)
        json_object_set_new(body, "properties", properties = json_object());
    json_object_set_new(body, "id", json_string(path));
    json_object_set_new(properties, "provisioningState",
                        json_string(busy ? "Updating" : "Succeeded"));
    return body;
}

static void begin_operation(struct world *world, struct fake_rule *rule, const char *path)
{
    static char headers[100]; /* the fake copies it at once */
    snprintf(headers, sizeof headers, "Azure-AsyncOperation: " BASE "/op/%zu",
             json_array_size(world->operations));
    json_array_append_new(world->operations, json_string(path));
    rule->headers = headers;
}

static void put(struct world *world, const char *path, const struct http_request *request,
                struct fake_rule *rule)
{
    json_t *body = json_loads(request->body, 0, NULL);
    json_t *resource = json_pack("{s:o, s:i}", "body", body, "polls", world->polls);
    json_object_set_new(world->resources, path, resource);
    if (world->polls)
        begin_operation(world, rule, path);
    say(world, rule, 201, shown(path, resource, world->polls > 0));
}

static void delete (struct world *world, const char *path, struct fake_rule *rule)
{
    json_t *resource = json_object_get(world->resources, path);
    if (!resource) {
        say(world, rule, 204, NULL);
    } else if (world->polls) {
        json_object_set_new(resource, "deleting", json_true());
        json_object_set_new(resource, "polls", json_integer(world->polls));
        begin_operation(world, rule, path);
        say(world, rule, 202, NULL);
    } else {
        json_object_del(world->resources, path);
        say(world, rule, 200, NULL);
    }
}

/* PATH/run: the resource says since that it ran. */
static void run_action(struct world *world, char *path, struct fake_rule *rule)
{
    char *slash = strrchr(path, '/');
    *slash = '\0';
    json_t *resource = json_object_get(world->resources, path);
    if (!resource) {
        refuse(world, rule, 404, "ResourceNotFound");
        return;
    }
    world->runs++;
    json_object_set_new(json_object_get(resource, "body"), "ran", json_string("yes"));
    say(world, rule, 200, json_object());
}

static void read_operation(struct world *world, size_t number, struct fake_rule *rule)
{
    const char *path = json_string_value(json_array_get(world->operations, number));
    json_t *resource = path ? json_object_get(world->resources, path) : NULL;
    if (!path ||
        (world->fault == FAULT_POLL_GONE && world->fault_at && world->mutations >= world->fault_at))
        refuse(world, rule, 404, "NotFound");
    else
        say(world, rule, 200,
            json_pack("{s:s}", "status",
                      resource && goes_on(world, path, resource) ? "InProgress" : "Succeeded"));
}

static void read_resource(struct world *world, const char *path, struct fake_rule *rule)
{
    json_t *resource = json_object_get(world->resources, path);
    bool busy = resource && goes_on(world, path, resource);
    if (!json_object_get(world->resources, path))
        refuse(world, rule, 404, "ResourceNotFound");
    else
        say(world, rule, 200, shown(path, resource, busy));
}

/* Whether the request is not carried out. */
static bool fails_before(struct world *world, struct fake_rule *rule)
{
    switch (world->fault) {
    case FAULT_REQUEST_LOST:
        rule->failure = TRANSPORT_LOST;
        return true;
    case FAULT_THROTTLED:
    case FAULT_UNAVAILABLE:
        refuse(world, rule, world->fault == FAULT_THROTTLED ? 429 : 503, "TooManyRequests");
        rule->headers = "Retry-After: 7";
        world->told_ms = world->fake->now_ms + ANSWER_MS;
        world->quiet_until_ms = world->told_ms + RETRY_AFTER_MS;
        return true;
    default:
        return false;
    }
}

static void fails_after(struct world *world, struct fake_rule *rule)
{
    if (world->fault == FAULT_REPLY_LOST) {
        rule->failure = TRANSPORT_LOST;
    } else if (world->fault == FAULT_BROKEN) {
        refuse(world, rule, 500, "InternalServerError");
        rule->headers = NULL;
    }
}

bool world_answer(struct world *world, const struct http_request *request, struct fake_rule *rule)
{
    size_t length = sizeof BASE - 1, number;
    int64_t now = world->fake->now_ms;
    bool reads = strcmp(request->method, "GET") == 0;
    ck_assert_msg(reads || now <= world->told_ms || now >= world->quiet_until_ms,
                  "%s %s left before its Retry-After", request->method, request->url);
    *rule = (struct fake_rule){.status = 599};
    char *path = strndup(request->url + length, strcspn(request->url + length, "?"));
    bool hit = !reads && ++world->mutations == world->fault_at;
    if (hit && fails_before(world, rule)) {
        free(path);
        return true;
    }
    if (reads && sscanf(path, "/op/%zu", &number) == 1)
        read_operation(world, number, rule);
    else if (reads)
        read_resource(world, path, rule);
    else if (strcmp(request->method, "PUT") == 0)
        put(world, path, request, rule);
    else if (strcmp(request->method, "DELETE") == 0)
        delete (world, path, rule);
    else
        run_action(world, path, rule);
    if (hit)
        fails_after(world, rule);
    free(path);
    return true;
}
