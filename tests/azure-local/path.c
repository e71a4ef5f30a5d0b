/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a resource id apart. */
#include "sim.h"

#include "text.h"

#include <string.h>

static char *join(struct pool *pool, const char *const *segment, size_t count)
{
    char *out = pool_text(pool, "");
    size_t length = 0;

    for (size_t i = 0; i < count; i++)
        length += strlen(segment[i]) + 1;
    out = pool_alloc(pool, length + 1);
    for (size_t i = 0; i < count; i++) {
        strcat(out, "/");
        strcat(out, segment[i]);
    }
    return out;
}

static int split(struct pool *pool, const char *path, struct arm_path *out)
{
    while (*path) {
        size_t length;

        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (!length)
            break;
        if (out->count == MOST_SEGMENTS)
            return -1;
        out->segment[out->count++] = pool_copy(pool, path, length);
        path += length;
    }
    return 0;
}

/* Containers other than resources: a subscription, a resource group. */
static void parse_container(struct pool *pool, struct arm_path *out)
{
    if (out->count <= 2) {
        out->type = "Microsoft.Resources/subscriptions";
        out->types = 1;
    } else if (out->count <= 4 && same_text(out->segment[2], "resourceGroups")) {
        out->type = "Microsoft.Resources/subscriptions/resourceGroups";
        out->types = 1;
        out->names = out->group ? 1 : 0;
        out->name[0] = out->group;
    } else {
        out->type = pool_print(pool, "Microsoft.Resources%s", out->id); /* none that there is */
    }
    out->type_key = pool_lower(pool, out->type);
}

/* `last` is the index of the last name. */
static char *parent_of(struct pool *pool, const struct arm_path *path, size_t last)
{
    bool inner = path->types > path->names; /* a collection, or an action */
    size_t count = inner ? last + 1 : last - 1;

    if (!path->names || (path->names == 1 && !inner))
        return NULL;
    /* The blob service of an account is always there, and no resource of its own here. */
    if (same_text(path->segment[count - 2], "blobServices"))
        count -= 2;
    return pool_lower(pool, join(pool, path->segment, count));
}

static void parse_type(struct pool *pool, struct arm_path *out, size_t provider)
{
    char *type = pool_text(pool, out->segment[provider]);
    size_t last = 0;

    for (size_t i = provider + 1; i < out->count; i++) {
        if ((i - provider) % 2) {
            type = pool_print(pool, "%s/%s", type, out->segment[i]);
            out->types++;
        } else if (out->names < MOST_NAMES) {
            out->name[out->names++] = out->segment[i];
            last = i;
        }
    }
    out->type = type;
    out->type_key = pool_lower(pool, type);
    out->parent_key = parent_of(pool, out, last);
}

int arm_path_parse(struct pool *pool, const char *path, struct arm_path *out)
{
    size_t provider = 0;

    memset(out, 0, sizeof *out);
    if (split(pool, path, out) || !out->count)
        return -1;
    for (size_t i = 0; i + 1 < out->count; i++)
        if (same_text(out->segment[i], "providers"))
            provider = i + 1;
    if (out->count >= 2 && same_text(out->segment[0], "subscriptions"))
        out->subscription = out->segment[1];
    if (out->count >= 4 && out->subscription && same_text(out->segment[2], "resourceGroups"))
        out->group = out->segment[3];
    out->id = join(pool, out->segment, out->count);
    out->key = pool_lower(pool, out->id);
    out->scope = join(pool, out->segment, provider ? provider - 1 : out->count);
    if (provider)
        parse_type(pool, out, provider);
    else
        parse_container(pool, out);
    return 0;
}
