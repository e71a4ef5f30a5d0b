/* SPDX-License-Identifier: Apache-2.0 */
/* Merge patches, and what they tell about placement. */
#include "plan/alternative.h"

#include "base/text.h"

static int merge_member(json_t *into, const char *name, const json_t *patch)
{
    if (json_is_null(patch)) {
        json_object_del(into, name);
        return 0;
    }
    return json_object_set_new(into, name, alternative_merge(json_object_get(into, name), patch));
}

json_t *alternative_merge(const json_t *body, const json_t *patch)
{
    if (!json_is_object(patch))
        return json_deep_copy(patch);
    json_t *merged = json_is_object(body) ? json_deep_copy(body) : json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)patch, name,
                        value) if (merged && merge_member(merged, name, value) != 0)
    {
        json_decref(merged);
        merged = NULL;
    }
    return merged;
}

/* Copies from `body` to `into` what stands at the places of `mask`. */
static int project(json_t *into, const json_t *body, const json_t *mask)
{
    const char *name;
    json_t *inner;
    json_object_foreach((json_t *)mask, name, inner)
    {
        json_t *value = json_object_get(body, name);
        if (json_is_object(inner) && json_is_object(value)) {
            json_t *below = json_object_get(into, name);
            if (!below && json_object_set_new(into, name, below = json_object()) != 0)
                return -1;
            if (project(below, value, inner) != 0)
                return -1;
        } else if (value && json_object_set_new(into, name, json_deep_copy(value)) != 0) {
            return -1;
        }
    }
    return 0;
}

json_t *alternative_placement(const json_t *body, const json_t *alternatives)
{
    json_t *placement = json_object();
    size_t i;
    json_t *patch;
    json_array_foreach(alternatives, i,
                       patch) if (placement && project(placement, body, patch) != 0)
    {
        json_decref(placement);
        placement = NULL;
    }
    return placement;
}

static void add_leaves(struct text *text, const char *name, const json_t *value)
{
    const char *member;
    json_t *item;
    size_t i;
    if (json_is_string(value) || json_is_integer(value)) {
        text_printf(text, "%s%s ", text->length ? ", " : "", name);
        if (json_is_string(value))
            text_add(text, json_string_value(value));
        else
            text_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    json_object_foreach((json_t *)value, member, item) add_leaves(text, member, item);
    json_array_foreach(value, i, item) add_leaves(text, name, item);
}

char *alternative_text(const json_t *placement)
{
    struct text text = {0};
    add_leaves(&text, "", placement);
    return text_take(&text);
}
