/* SPDX-License-Identifier: Apache-2.0 */
/* The way of every ARM request to a resource: read, write, remove, list. */
#include "kind.h"

#include "count.h"
#include "fault.h"
#include "op.h"
#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

void set_state(struct resource *resource, const char *state)
{
    if (!resource->kind->plain)
        plant(resource->body, "properties.provisioningState", json_string(state));
}

const char *get_state(const struct resource *resource)
{
    const char *state = dig_text(resource->body, "properties.provisioningState");

    return state ? state : "Succeeded";
}

void arm_touch(struct exchange *x, struct resource *resource)
{
    if (!resource->kind->no_etag)
        json_object_set_new(
            resource->body, "etag",
            json_string(pool_print(&x->pool, "W/\"%s\"", new_guid(x->sim, &x->pool))));
}

static void show_children(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const struct kind *kind;
    size_t length = strlen(resource->kind->type);

    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (kind->inlined && starts_with(kind->type, resource->kind->type) &&
            kind->type[length] == '/' && !strchr(kind->type + length + 1, '/'))
            plant(answer, pool_print(&x->pool, "properties.%s", kind->inlined), json_array());
    for (const struct resource *child = resource->first_child; child; child = child->next_sibling)
        if (child->kind->inlined)
            json_array_append_new(
                dig(answer, pool_print(&x->pool, "properties.%s", child->kind->inlined)),
                arm_show(x, child));
}

json_t *arm_show(struct exchange *x, const struct resource *resource)
{
    json_t *answer = json_deep_copy(resource->body);

    if (resource->kind->watch == WATCH_NETWORK)
        show_children(x, resource, answer);
    if (resource->kind->show)
        resource->kind->show(x, resource, answer);
    return answer;
}

int arm_absent(struct exchange *x, const struct kind *kind)
{
    const struct arm_path *path = &x->path;

    if (kind->watch == WATCH_RESOURCES)
        return refuse(x, 404, "ResourceGroupNotFound", "Resource group '%s' could not be found.",
                      path->name[0]);
    if (path->names == 1 && path->group)
        return refuse(x, 404, "ResourceNotFound",
                      "The Resource '%s/%s' under resource group '%s' was not found. For more "
                      "details please go to https://aka.ms/ARMResourceNotFoundFix",
                      kind->type, path->name[0], path->group);
    return refuse(x, 404, kind->watch == WATCH_NETWORK ? "NotFound" : "ResourceNotFound",
                  "Resource %s not found.", path->id);
}

static int group_ready(struct exchange *x)
{
    struct resource *group;
    char *key;

    if (!x->path.group || x->path.count <= 4)
        return 0;
    key = pool_print(&x->pool, "/subscriptions/%s/resourcegroups/%s", x->path.subscription,
                     x->path.group);
    group = store_find(x->sim, pool_lower(&x->pool, key));
    if (!group)
        return refuse(x, 404, "ResourceGroupNotFound", "Resource group '%s' could not be found.",
                      x->path.group);
    if (group->deleting && x->q.verb != VERB_GET && x->q.verb != VERB_DELETE)
        return refuse(x, 409, "ResourceGroupBeingDeleted",
                      "The resource group '%s' is in deprovisioning state and cannot perform this "
                      "operation.",
                      x->path.group);
    return 0;
}

static bool hidden(struct exchange *x, struct resource *resource)
{
    if (resource->hidden_reads > 0) {
        resource->hidden_reads--;
        return true;
    }
    return resource->hidden_until > clock_azure(&x->sim->clock);
}

static struct resource *busy_relative(struct resource *resource)
{
    struct resource *root = resource;

    while (root->parent)
        root = root->parent;
    if (root->op)
        return root;
    for (struct resource *child = root->first_child; child; child = child->next_sibling)
        if (child->op)
            return child;
    return NULL;
}

/* Writes to the subnets of one network stand in line, and Azure names the one that is served. */
static int refuse_subnet(struct exchange *x, const struct resource *busy)
{
    reply_header(x, "Retry-After", "%lld", (long long)op_wait(busy->op));
    refuse(x, 429, "RetryableError", "A retryable error occurred.");
    refuse_detail(x, "ReferencedResourceNotProvisioned",
                  "Cannot proceed with operation because resource %s used by resource %s is not in "
                  "Succeeded state. Resource is in %s state and the last operation that "
                  "updated/is updating the resource is PutSubnetOperation.",
                  busy->id, x->path.id, get_state(busy));
    return -1;
}

int arm_not_busy(struct exchange *x, struct resource *resource)
{
    struct resource *busy = busy_relative(resource);

    if (!busy)
        return 0;
    return refuse(
        x, 409, "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress. To retrieve "
        "status of the operation use uri: %s/subscriptions/%s/providers/Microsoft.Network/"
        "locations/%s/operations/%s?api-version=%s",
        x->sim->base, busy->subscription, busy->op->location, busy->op->id, x->api_version);
}

/* Azure's networks change one thing at a time; its machines take the newest wish. */
static int not_busy(struct exchange *x, const struct kind *kind, struct resource *old)
{
    struct resource *at =
        old ? old : store_find(x->sim, x->path.parent_key ? x->path.parent_key : "");
    struct resource *busy;

    if (old && old->deleting && kind->watch != WATCH_NETWORK)
        return refuse(x, 409, "OperationNotAllowed",
                      "Operation 'write' is not allowed on '%s' since it is marked for deletion. "
                      "You can only retry the Delete operation (or wait for an ongoing one to "
                      "complete).",
                      old->name);
    if (!at || kind->watch != WATCH_NETWORK)
        return 0;
    busy = same_text(kind->inlined, "subnets") ? busy_relative(at) : NULL;
    return busy ? refuse_subnet(x, busy) : arm_not_busy(x, at);
}

static int check_location(struct exchange *x, const struct kind *kind, struct resource *old,
                          json_t *wanted)
{
    const char *location = dig_text(wanted, "location");
    const struct region *region;

    if (!kind->tracked)
        return 0;
    if (!location && old)
        location = old->location;
    if (!location)
        return refuse(x, 400, "LocationRequired",
                      "The location property is required for this definition.");
    region = region_find(location);
    if (!region)
        return refuse(x, 400, "LocationNotAvailableForResourceType",
                      "The provided location '%s' is not available for resource type '%s'. List of "
                      "available regions for the resource type is '%s'.",
                      location, kind->type, region_names());
    if (old && !same_text(old->location, region->name))
        return refuse(x, 409, "InvalidResourceLocation",
                      "The resource '%s' already exists in location '%s' in resource group '%s'. A "
                      "resource with the same name cannot be created in location '%s'. Please "
                      "select a new resource name.",
                      old->name, old->location, old->group, region->name);
    json_object_set_new(wanted, "location", json_string(region->name));
    return 0;
}

static int check_conditions(struct exchange *x, const struct resource *old)
{
    const char *match = header(x, "If-Match"), *none = header(x, "If-None-Match");
    const char *etag = old ? dig_text(old->body, "etag") : NULL;

    if (none && strcmp(none, "*") == 0 && old)
        return refuse(x, 412, "PreconditionFailed",
                      "Precondition failed: the resource exists, and If-None-Match is '*'.");
    if (match && !old)
        return refuse(x, 412, "PreconditionFailed", "Precondition failed: no such resource.");
    if (match && strcmp(match, "*") != 0 && etag && strcmp(match, etag) != 0)
        return refuse(x, 412, "PreconditionFailed",
                      "Precondition failed: the etag is '%s', and If-Match is '%s'.", etag, match);
    return 0;
}

json_t *arm_envelope(struct exchange *x, const struct kind *kind, const struct arm_path *path,
                     json_t *body)
{
    json_t *full = json_object();
    static const char *const own[] = {"id", "name", "type", "etag", "systemData"};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        json_object_del(body, own[i]);
    json_object_set_new(full, "name", json_string(path->name[path->names - 1]));
    json_object_set_new(full, "id", json_string(path->id));
    json_object_set_new(full, "type", json_string(kind->type));
    json_object_update(full, body);
    if (!json_object_get(full, "properties"))
        json_object_set_new(full, "properties", json_object());
    json_decref(body);
    return full;
}

struct resource *arm_make(struct exchange *x, const char *id, json_t *body)
{
    struct arm_path path;
    const struct kind *kind;
    struct resource *resource;

    if (arm_path_parse(&x->pool, id, &path) || !(kind = kind_find(path.type_key))) {
        json_decref(body);
        return NULL;
    }
    resource = store_find(x->sim, path.key);
    body = arm_envelope(x, kind, &path, body);
    if (resource) {
        json_decref(resource->body);
        resource->body = body;
        store_refer(x->sim, resource);
    } else {
        resource = store_add(x->sim, kind, &path, body);
    }
    arm_touch(x, resource);
    return resource;
}

/* The body to be: what was asked, without what only Azure writes. */
static json_t *start_wanted(struct exchange *x, const json_t *asked)
{
    static const char *const read_only[] = {"provisioningState", "resourceGuid", "uniqueId", "vmId",
                                            "timeCreated"};
    json_t *wanted = json_deep_copy(asked);
    json_t *properties = json_object_get(wanted, "properties");

    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++)
        json_object_del(properties, read_only[i]);
    return wanted;
}

static int check_write(struct exchange *x, const struct kind *kind, struct resource *old,
                       json_t *wanted)
{
    if (check_conditions(x, old) || check_location(x, kind, old, wanted) || not_busy(x, kind, old))
        return -1;
    return kind->accept ? kind->accept(x, old, wanted) : 0;
}

static struct resource *keep(struct exchange *x, const struct kind *kind, struct resource *old,
                             json_t *wanted)
{
    json_t *body = arm_envelope(x, kind, &x->path, wanted);
    struct resource *resource = old;

    if (!old)
        resource = store_add(x->sim, kind, &x->path, body);
    if (old) {
        json_object_set(body, "id", json_object_get(old->body, "id"));
        json_object_set(body, "name", json_object_get(old->body, "name"));
        json_decref(old->body);
        old->body = body;
        store_refer(x->sim, old);
    }
    arm_touch(x, resource);
    return resource;
}

static uint64_t body_hash(const json_t *body)
{
    char *text = json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT);
    uint64_t hash = text ? hash_text(text, 1) : 0;

    free(text);
    return hash;
}

static bool is_repeated(struct exchange *x, struct resource *old, const json_t *asked)
{
    json_int_t hash = (json_int_t)(body_hash(asked) >> 1);
    bool same = old && json_integer_value(json_object_get(old->facts, "asked")) == hash;

    if (same && x->q.verb == VERB_PUT)
        count_duplicate(x);
    return same;
}

static void begin(struct exchange *x, struct resource *resource, bool fresh)
{
    const struct kind *kind = resource->kind;
    struct span span = fresh ? kind->create : kind->update;
    json_t *doom = json_object_get(resource->facts, "doom");
    struct op *op;

    if (kind->watch == WATCH_NONE || !span.high) {
        set_state(resource, "Succeeded");
        if (kind->settled)
            kind->settled(x->sim, resource);
        return;
    }
    set_state(resource, kind->busy && fresh ? kind->busy : "Updating");
    for (struct resource *child = resource->first_child; child && kind->watch == WATCH_NETWORK;
         child = child->next_sibling)
        set_state(child, "Updating");
    op = op_start(x, resource, fresh ? OP_CREATE : OP_UPDATE, span);
    if (doom && !op->code)
        op_fail_later(op, dig_text(doom, "code"), dig_text(doom, "message"));
    json_object_del(resource->facts, "doom");
    op_headers(x, op, false);
}

static int write_resource(struct exchange *x, const struct kind *kind, json_t *asked)
{
    struct resource *old = store_find(x->sim, x->path.key);
    bool fresh = !old;
    bool repeated = old && is_repeated(x, old, asked) && strcmp(get_state(old), "Succeeded") == 0;
    json_t *wanted = start_wanted(x, asked);
    struct resource *resource;
    int status;

    if (check_write(x, kind, old, wanted)) {
        json_decref(wanted);
        return -1;
    }
    resource = keep(x, kind, old, wanted);
    json_object_set_new(resource->facts, "asked",
                        json_integer((json_int_t)(body_hash(asked) >> 1)));
    if (kind->stored)
        kind->stored(x, resource, asked);
    if (refused(x))
        return -1;
    fault_on_resource(x, resource);
    if (repeated && kind->watch != WATCH_COMPUTE)
        set_state(resource, "Succeeded");
    else
        begin(x, resource, fresh);
    status = fresh ? kind->created : kind->updated;
    return reply(x, x->q.verb == VERB_PATCH ? 200 : status,
                 status == 202 && kind->watch == WATCH_STORAGE ? NULL : arm_show(x, resource));
}

static int parent_ready(struct exchange *x, const struct kind *kind)
{
    const struct arm_path *path = &x->path;

    if (!path->parent_key || store_find(x->sim, path->parent_key))
        return 0;
    return refuse(x, 404, "ParentResourceNotFound",
                  "Failed to perform '%s' on resource(s) of type '%s', because the parent resource "
                  "'%s' could not be found.",
                  x->q.verb == VERB_GET ? "read" : "write", kind->type, path->parent_key);
}

static int put(struct exchange *x, const struct kind *kind)
{
    if (!json_is_object(x->q.json))
        return refuse(x, 400, "InvalidRequestContent",
                      "The request content was invalid and could not be deserialized: 'a JSON "
                      "object is wanted'.");
    if (group_ready(x) || parent_ready(x, kind))
        return -1;
    return write_resource(x, kind, x->q.json);
}

static int patch(struct exchange *x, const struct kind *kind)
{
    struct resource *old = store_find(x->sim, x->path.key);
    json_t *asked;
    int result;

    if (!json_is_object(x->q.json))
        return refuse(x, 400, "InvalidRequestContent",
                      "The request content was invalid and could not be deserialized: 'a JSON "
                      "object is wanted'.");
    if (group_ready(x))
        return -1;
    if (!old)
        return arm_absent(x, kind);
    asked = arm_show(x, old);
    json_object_update_recursive(asked, x->q.json);
    if (json_object_get(x->q.json, "tags"))
        json_object_set(asked, "tags", json_object_get(x->q.json, "tags"));
    result = write_resource(x, kind, asked);
    json_decref(asked);
    return result;
}

static int get(struct exchange *x, const struct kind *kind)
{
    struct resource *resource = store_find(x->sim, x->path.key);
    const char *etag;

    if (group_ready(x))
        return -1;
    if (!resource && parent_ready(x, kind))
        return -1;
    if (!resource || hidden(x, resource))
        return arm_absent(x, kind);
    etag = dig_text(resource->body, "etag");
    if (etag)
        reply_header(x, "ETag", "%s", etag);
    return reply(x, x->q.verb == VERB_HEAD ? 204 : 200,
                 x->q.verb == VERB_HEAD ? NULL : arm_show(x, resource));
}

static int remove_resource(struct exchange *x, const struct kind *kind)
{
    struct resource *resource = store_find(x->sim, x->path.key);
    struct op *op;

    if (!resource && kind->watch == WATCH_RESOURCES)
        return group_ready(x) ? -1
                              : refuse(x, 404, "ResourceGroupNotFound",
                                       "Resource group '%s' could not be found.", x->path.name[0]);
    if (!resource)
        return reply(x, 204, NULL);
    if (resource->op && resource->op->verb == OP_REMOVE) {
        op_headers(x, resource->op, true);
        return reply(x, 202, NULL);
    }
    if (check_conditions(x, resource) || not_busy(x, kind, resource))
        return -1;
    if (kind->spare && kind->spare(x, resource))
        return -1;
    if (kind->watch == WATCH_NONE || (kind->watch == WATCH_STORAGE && !kind->remove.high)) {
        json_t *last = kind->plain ? arm_show(x, resource) : NULL;

        store_remove(x->sim, resource);
        return reply(x, 200, last);
    }
    op = op_start(x, resource, OP_REMOVE, kind->remove);
    resource->deleting = true;
    set_state(resource, "Deleting");
    op_headers(x, op, true);
    return reply(x, 202, NULL);
}

void arm_handle(struct exchange *x, const struct kind *kind)
{
    bool collection = x->path.types > x->path.names;

    if (collection && kind->by_group && !x->path.group) {
        refuse(x, 404, "NotFound", "Resources of type '%s' are listed by resource group only.",
               kind->type);
        return;
    }
    if (collection && x->q.verb == VERB_GET) {
        struct resource *parent =
            x->path.parent_key ? store_find(x->sim, x->path.parent_key) : NULL;

        if (!group_ready(x) && !parent_ready(x, kind))
            arm_list(x, kind, x->path.subscription, x->path.group, parent);
        return;
    }
    if (collection || !x->path.names || x->q.verb == VERB_POST || x->q.verb == VERB_OTHER) {
        refuse(x, 405, "MethodNotAllowed", "The method '%s' is not supported for '%s'.",
               x->q.method, x->path.id);
        return;
    }
    switch (x->q.verb) {
    case VERB_PUT:
        put(x, kind);
        break;
    case VERB_PATCH:
        patch(x, kind);
        break;
    case VERB_DELETE:
        remove_resource(x, kind);
        break;
    default:
        get(x, kind);
    }
}
