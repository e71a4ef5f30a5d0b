/* SPDX-License-Identifier: Apache-2.0 */
/* A small model of Resource Manager: resources, long-running operations, lists, refusals. */
#include "base/text.h"
#include "sim.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PAGE = 3 };

static char *lower(const char *path, size_t length)
{
    char *copy = strndup(path, length);
    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static struct resource *find(struct sim *sim, const char *path, size_t length)
{
    char *key = lower(path, length);
    json_t *place = json_object_get(sim->by_path, key);
    free(key);
    struct resource *resource = place ? &sim->resources[json_integer_value(place)] : NULL;
    return resource && !resource->gone ? resource : NULL;
}

struct resource *azure_find(struct sim *sim, const char *path)
{
    return find(sim, path, strlen(path));
}

static struct resource *add(struct sim *sim, const char *path, size_t length)
{
    char *key = lower(path, length);
    json_t *place = json_object_get(sim->by_path, key);
    size_t i = place ? (size_t)json_integer_value(place) : sim->resource_count;
    if (!place) {
        if (sim->resource_count == sim->resource_room) {
            sim->resource_room = sim->resource_room ? 2 * sim->resource_room : 32;
            sim->resources = realloc(sim->resources, sim->resource_room * sizeof *sim->resources);
        }
        sim->resource_count++;
        memset(&sim->resources[i], 0, sizeof *sim->resources);
        sim->resources[i].path = strndup(path, length);
        json_object_set_new(sim->by_path, key, json_integer((json_int_t)i));
    }
    free(key);
    struct resource *resource = &sim->resources[i];
    json_decref(resource->body);
    resource->body = NULL;
    resource->gone = resource->foreign = false;
    resource->flip_ms = resource->visible_ms = resource->ready_ms = 0;
    resource->acted_rev = 0;
    return resource;
}

void azure_add_foreign(struct sim *sim, const char *path)
{
    struct resource *resource = add(sim, path, strlen(path));
    resource->foreign = true;
    resource->state = RESOURCE_SUCCEEDED;
    resource->body = json_pack("{s:{s:i}}", "properties", "rev", 0);
}

/* ---- answers ---- */

static void refuse(struct reply *reply, int status, const char *code)
{
    reply->status = status;
    reply->body =
        text_format("{\"error\":{\"code\":\"%s\",\"message\":\"the sim says no\"}}", code);
}

static void add_header(struct reply *reply, const char *name, const char *path, size_t number)
{
    snprintf(reply->headers[reply->header_count++], sizeof reply->headers[0],
             "%s: " SIM_BASE "%s%zu", name, path, number);
}

static const char *state_name(enum resource_state state)
{
    static const char *const names[] = {"Creating", "Deleting", "Succeeded", "Failed"};
    return names[state];
}

static json_t *show(struct sim *sim, const struct resource *resource)
{
    json_t *shown = json_deep_copy(resource->body);
    json_t *properties = json_object_get(shown, "properties");
    json_object_set_new(shown, "id", json_string(resource->path));
    json_object_set_new(properties, "provisioningState", json_string(state_name(resource->state)));
    json_object_set_new(properties, "ready",
                        json_string(sim->now_ms >= resource->ready_ms ? "yes" : "not yet"));
    json_object_set_new(properties, "acted", json_integer(resource->acted_rev));
    return shown;
}

static char *dump(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

/* ---- operations ---- */

static size_t begin_operation(struct sim *sim, struct resource *resource, bool deletes)
{
    if (sim->operation_count == sim->operation_room) {
        sim->operation_room = sim->operation_room ? 2 * sim->operation_room : 32;
        sim->operations = realloc(sim->operations, sim->operation_room * sizeof *sim->operations);
    }
    size_t i = sim->operation_count++;
    sim->operations[i] =
        (struct world_operation){.resource = (size_t)(resource - sim->resources),
                                 .deletes = deletes,
                                 .forgotten = chance_of(&sim->chance, sim->faults.forgotten)};
    int64_t most = chance_of(&sim->chance, 200) ? 90000 : 15000;
    sim_schedule(sim, EVENT_OPERATION_ENDS, chance_between(&sim->chance, 200, most), NULL, i);
    return i;
}

void azure_operation_ends(struct sim *sim, size_t i)
{
    struct world_operation *operation = &sim->operations[i];
    struct resource *resource = &sim->resources[operation->resource];
    operation->ended = true;
    sim_log(sim, "operation %zu on %s ends %s", i, resource->path,
            operation->code ? operation->code : "well");
    if (operation->code) {
        resource->state = RESOURCE_FAILED;
        if (operation->late_ms) {
            resource->flip_ms = sim->now_ms + operation->late_ms;
            sim_schedule(sim, EVENT_COMES_RIGHT, operation->late_ms, NULL, operation->resource);
        }
    } else if (operation->deletes) {
        resource->gone = true;
    } else {
        resource->state = RESOURCE_SUCCEEDED;
    }
}

void azure_comes_right(struct sim *sim, size_t i)
{
    struct resource *resource = &sim->resources[i];
    if (!resource->gone && resource->state == RESOURCE_FAILED && resource->flip_ms == sim->now_ms) {
        resource->state = RESOURCE_SUCCEEDED;
        sim_log(sim, "%s comes right all the same", resource->path);
    }
}

static void read_operation(struct sim *sim, const char *path, struct reply *reply)
{
    bool location = strncmp(path, "/loc/", 5) == 0;
    size_t i = strtoul(path + 5, NULL, 10);
    if (i >= sim->operation_count || sim->operations[i].forgotten) {
        refuse(reply, 404, "OperationNotFound");
        return;
    }
    const struct world_operation *operation = &sim->operations[i];
    reply->status = location && !operation->ended ? 202 : 200;
    if (location && operation->ended)
        reply->status = operation->code ? 409 : 204;
    if (operation->ended && operation->code && location)
        refuse(reply, 409, operation->code);
    else if (!location)
        reply->body =
            operation->code && operation->ended
                ? text_format("{\"status\":\"Failed\",\"error\":{\"code\":\"%s\","
                              "\"message\":\"it failed there\"}}",
                              operation->code)
                : text_format("{\"status\":\"%s\"}", operation->ended ? "Succeeded" : "InProgress");
}

/* ---- PUT ---- */

static bool refers(const json_t *json, const char *path)
{
    if (json_is_string(json))
        return strcasecmp(json_string_value(json), path) == 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value) if (refers(value, path)) return true;
    return false;
}

/* NULL: every resource that the body names is there. */
static const char *missing_reference(struct sim *sim, const json_t *body)
{
    const char *ref =
        json_string_value(json_object_get(json_object_get(body, "properties"), "ref"));
    if (!ref)
        return NULL;
    const struct resource *resource = azure_find(sim, ref);
    if (!resource)
        return "InvalidResourceReference";
    return resource->state == RESOURCE_CREATING || resource->state == RESOURCE_DELETING
               ? "ReferencedResourceNotProvisioned"
               : NULL;
}

static int zone_of(const json_t *body)
{
    const char *zone = json_string_value(json_array_get(json_object_get(body, "zones"), 0));
    return zone ? atoi(zone) : 0;
}

static const char *why_not(struct sim *sim, const struct resource *resource, const json_t *body,
                           int *status)
{
    *status = 409;
    if (resource && (resource->state == RESOURCE_CREATING || resource->state == RESOURCE_DELETING))
        return "AnotherOperationInProgress";
    if (resource && zone_of(resource->body) != zone_of(body))
        return "PropertyChangeNotAllowed";
    const char *missing = missing_reference(sim, body);
    *status = missing && strcmp(missing, "InvalidResourceReference") == 0 ? 400 : 429;
    if (missing)
        return missing;
    *status = 409;
    int zone = zone_of(body);
    if (zone && sim->full[zone - 1] && !resource && chance_of(&sim->chance, 500))
        return "SkuNotAvailable";
    *status = 400;
    return chance_of(&sim->chance, sim->faults.refused) ? "BadRequest" : NULL;
}

static void choose_end(struct sim *sim, struct world_operation *operation, const json_t *body,
                       bool created)
{
    int zone = zone_of(body);
    if (zone && sim->full[zone - 1] && created)
        operation->code = "AllocationFailed";
    else if (chance_of(&sim->chance, sim->faults.async_failed))
        operation->code = chance_of(&sim->chance, 300) ? "OperationPreempted" : "InternalError";
    if (operation->code && chance_of(&sim->chance, sim->faults.late_success))
        operation->late_ms = chance_between(&sim->chance, 1, 20000);
}

static void put(struct sim *sim, const char *path, size_t length, json_t *body, struct reply *reply)
{
    struct resource *resource = find(sim, path, length);
    int status = 0;
    if (sim->echo && resource && json_equal(resource->body, body))
        return; /* nothing changes */
    const char *no = why_not(sim, resource, body, &status);
    if (no) {
        refuse(reply, status, no);
        return;
    }
    bool created = !resource;
    bool same =
        resource && resource->state == RESOURCE_SUCCEEDED && json_equal(resource->body, body);
    if (created) {
        resource = add(sim, path, length);
        if (chance_of(&sim->chance, sim->faults.invisible))
            resource->visible_ms = sim->now_ms + chance_between(&sim->chance, 1, 20000);
        if (chance_of(&sim->chance, 300))
            resource->ready_ms = sim->now_ms + chance_between(&sim->chance, 1, 60000);
        sim_log(sim, "%s is made", resource->path);
    }
    json_decref(resource->body);
    resource->body = json_incref(body);
    resource->flip_ms = 0;
    reply->status = created ? 201 : 200;
    int zone = zone_of(body);
    if (chance_of(&sim->chance, 400) && !(zone && sim->full[zone - 1])) {
        resource->state = RESOURCE_SUCCEEDED;
    } else {
        resource->state = RESOURCE_CREATING;
        size_t i = begin_operation(sim, resource, false);
        if (!same) /* what changes nothing breaks nothing */
            choose_end(sim, &sim->operations[i], body, created);
        if (chance_of(&sim->chance, 700))
            add_header(reply, "Azure-AsyncOperation", "/ops/", i);
    }
    reply->body = dump(show(sim, resource));
}

/* ---- the others ---- */

static void delete (struct sim *sim, const char *path, size_t length, struct reply *reply)
{
    struct resource *resource = find(sim, path, length);
    if (!resource) {
        reply->status = 204;
        return;
    }
    if (resource->foreign)
        sim_violation(sim, "%s is somebody else's and was deleted", resource->path);
    if (resource->state == RESOURCE_CREATING || resource->state == RESOURCE_DELETING) {
        refuse(reply, 409, "AnotherOperationInProgress");
        return;
    }
    for (size_t i = 0; i < sim->resource_count; i++)
        if (!sim->resources[i].gone && refers(sim->resources[i].body, resource->path)) {
            refuse(reply, 400, "InUseSubnetCannotBeDeleted");
            return;
        }
    resource->flip_ms = 0;
    if (chance_of(&sim->chance, 400)) {
        resource->gone = true;
        reply->status = 200;
        return;
    }
    resource->state = RESOURCE_DELETING;
    size_t i = begin_operation(sim, resource, true);
    if (chance_of(&sim->chance, sim->faults.async_failed))
        sim->operations[i].code = "InternalError";
    reply->status = 202;
    add_header(reply, "Location", "/loc/", i);
    if (chance_of(&sim->chance, 500))
        add_header(reply, "Azure-AsyncOperation", "/ops/", i);
}

static void act(struct sim *sim, const char *path, size_t length, const json_t *body,
                struct reply *reply)
{
    size_t end = length;
    while (end > 0 && path[end - 1] != '/')
        end--;
    struct resource *resource = find(sim, path, end - 1);
    if (!resource) {
        refuse(reply, 404, "ResourceNotFound");
        return;
    }
    resource->acted_rev = (int)json_integer_value(json_object_get(body, "rev"));
    char *key = text_format("%s %d", resource->path, resource->acted_rev);
    json_int_t times = 1 + json_integer_value(json_object_get(sim->actions, key));
    json_object_set_new(sim->actions, key, json_integer(times));
    if (times > 1)
        sim_violation(sim, "the action on %s was carried out %d times", key, (int)times);
    free(key);
    reply->status = 200;
    reply->body = strdup("{\"token\":\"t0ken\"}");
}

static void get(struct sim *sim, const char *path, size_t length, struct reply *reply)
{
    const struct resource *resource = find(sim, path, length);
    if (!resource || sim->now_ms < resource->visible_ms) {
        refuse(reply, 404, "ResourceNotFound");
        return;
    }
    reply->status = 200;
    reply->body = dump(show(sim, resource));
}

static bool is_directly_below(const char *path, const char *collection, size_t length)
{
    return strncasecmp(path, collection, length) == 0 && path[length] == '/' &&
           !strchr(path + length + 1, '/');
}

static void list(struct sim *sim, const char *path, size_t length, struct reply *reply)
{
    const char *mark = strstr(path, "skip=");
    size_t skip = mark ? strtoul(mark + 5, NULL, 10) : 0, seen = 0;
    json_t *values = json_array();
    json_t *page = json_pack("{s:o}", "value", values);
    for (size_t i = 0; i < sim->resource_count; i++) {
        const struct resource *resource = &sim->resources[i];
        if (resource->gone || sim->now_ms < resource->visible_ms ||
            !is_directly_below(resource->path, path, length) || seen++ < skip)
            continue;
        if (json_array_size(values) == PAGE) {
            char *link = text_format(SIM_BASE "%.*s?skip=%zu", (int)length, path, skip + PAGE);
            json_object_set_new(page, "nextLink", json_string(link));
            free(link);
            break;
        }
        json_array_append_new(values, show(sim, resource));
    }
    reply->status = 200;
    reply->body = dump(page);
}

/* ".../providers/NAMESPACE/TYPE" is a list, ".../TYPE/NAME" a resource. */
static bool is_list(const char *path, size_t length)
{
    const char *providers = strstr(path, "/providers/");
    size_t slashes = 0;
    for (const char *c = providers + 1; c < path + length; c++)
        slashes += *c == '/';
    return slashes % 2 == 0;
}

void azure_answer(struct sim *sim, const char *method, const char *url, const char *body,
                  struct reply *reply)
{
    const char *path = url + strlen(SIM_BASE);
    size_t length = strcspn(path, "?");
    if (strncmp(path, "/ops/", 5) == 0 || strncmp(path, "/loc/", 5) == 0) {
        read_operation(sim, path, reply);
        return;
    }
    json_t *json = body ? json_loads(body, 0, NULL) : NULL;
    if (strcmp(method, "PUT") == 0)
        put(sim, path, length, json, reply);
    else if (strcmp(method, "DELETE") == 0)
        delete (sim, path, length, reply);
    else if (strcmp(method, "POST") == 0)
        act(sim, path, length, json, reply);
    else if (is_list(path, length))
        list(sim, path, length, reply);
    else
        get(sim, path, length, reply);
    json_decref(json);
}
