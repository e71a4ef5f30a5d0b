/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing what was sent with what is there. */
#include "plan/difference.h"

#include "plan/step.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEEPEST = 32, LONGEST_SHOWN = 80 };

struct comparison {
    struct text *out;
    const char *shared_list; /* NULL: none */
    char path[512];          /* JSON pointer, for people */
    int depth;
};

static void compare(struct comparison *comparison, const json_t *wanted, const json_t *found);

static void add_value(struct text *out, const json_t *value)
{
    char *text = json_is_string(value) ? strdup(json_string_value(value))
                                       : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t length = text ? strlen(text) : 0;
    size_t shown = length > LONGEST_SHOWN ? LONGEST_SHOWN : length;
    while (shown < length && shown && (text[shown] & 0xc0) == 0x80)
        shown--; /* not within a character */
    text_append(out, text ? text : "?", text ? shown : 1);
    text_add(out, shown < length ? "…" : "");
    free(text);
}

static void begin(const struct comparison *comparison)
{
    text_printf(comparison->out, "%s%s", comparison->out->length ? "; " : "", comparison->path);
}

static void tell_changed(const struct comparison *comparison, const json_t *wanted,
                         const json_t *found)
{
    begin(comparison);
    text_add(comparison->out, " is ");
    add_value(comparison->out, found);
    text_add(comparison->out, ", not ");
    add_value(comparison->out, wanted);
}

static void tell_missing(const struct comparison *comparison)
{
    begin(comparison);
    text_add(comparison->out, " is missing");
}

/* Follows one member; the path is as it was when it returns. */
static void descend(struct comparison *comparison, const char *name, const json_t *wanted,
                    const json_t *found)
{
    size_t length = strlen(comparison->path);
    size_t room = sizeof comparison->path - length;
    if (comparison->depth >= DEEPEST || strlen(name) + 2 > room)
        return;
    comparison->path[length] = '/';
    strcpy(comparison->path + length + 1, name);
    comparison->depth++;
    compare(comparison, wanted, found);
    comparison->depth--;
    comparison->path[length] = '\0';
}

/* Azure shows nothing for these. */
static bool is_empty(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_object(value) && !json_object_size(value)) ||
           (json_is_array(value) && !json_array_size(value));
}

static const char *name_of(const json_t *item)
{
    return json_string_value(json_object_get(item, "name"));
}

/* Azure writes the region "westus3" as "West US 3", and otherwise allows no blanks in names. */
static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

static const json_t *find_named(const json_t *list, const char *name)
{
    size_t i;
    const json_t *item;
    json_array_foreach((json_t *)list, i,
                       item) if (name_of(item) && same_name(name_of(item), name)) return item;
    return NULL;
}

/* Another subject of ours has put it there: the rule of an image's machine in the security group of
 * its connection. */
static bool is_anothers(const struct comparison *comparison, const json_t *item)
{
    const char *list = comparison->shared_list;
    return list && strcmp(comparison->path, list) == 0 && step_is_of_others(item);
}

/* Lists of named things (routes, rules, subnets) are whole: one that was added by hand counts. */
static void compare_named(struct comparison *comparison, const json_t *wanted, const json_t *found)
{
    size_t i;
    const json_t *item;
    json_array_foreach((json_t *)wanted, i, item)
        descend(comparison, name_of(item), item, find_named(found, name_of(item)));
    json_array_foreach((json_t *)found, i, item)
    {
        if (!name_of(item) || find_named(wanted, name_of(item)) || is_anothers(comparison, item))
            continue;
        begin(comparison);
        text_printf(comparison->out, "/%s was added", name_of(item));
    }
}

static bool all_named(const json_t *list)
{
    size_t i;
    const json_t *item;
    json_array_foreach((json_t *)list, i, item) if (!name_of(item)) return false;
    return true;
}

static bool same_scalar(const json_t *a, const json_t *b)
{
    if (json_is_string(a) && json_is_string(b))
        return strcasecmp(json_string_value(a), json_string_value(b)) == 0;
    return json_equal(a, b);
}

static bool holds(const json_t *list, const json_t *value)
{
    size_t i;
    const json_t *item;
    json_array_foreach((json_t *)list, i, item) if (same_scalar(item, value)) return true;
    return false;
}

/* Azure may give plain values back in another order. */
static bool same_values(const json_t *wanted, const json_t *found)
{
    size_t i;
    const json_t *item;
    if (json_array_size(wanted) != json_array_size(found))
        return false;
    json_array_foreach((json_t *)wanted, i, item) if (!holds(found, item)) return false;
    return true;
}

static void compare_arrays(struct comparison *comparison, const json_t *wanted, const json_t *found)
{
    const json_t *first = json_array_get(json_array_size(wanted) ? wanted : found, 0);
    if (json_is_object(first) && name_of(first) && all_named(wanted)) {
        compare_named(comparison, wanted, found);
        return;
    }
    if (!json_is_object(first)) {
        if (!same_values(wanted, found))
            tell_changed(comparison, wanted, found);
        return;
    }
    if (json_array_size(wanted) != json_array_size(found))
        tell_changed(comparison, wanted, found);
    else
        for (size_t i = 0; i < json_array_size(wanted); i++) {
            char place[24];
            snprintf(place, sizeof place, "%zu", i);
            descend(comparison, place, json_array_get(wanted, i), json_array_get(found, i));
        }
}

/* Azure does not show what holds one. */
static bool holds_secret(const json_t *value)
{
    const char *text = json_string_value(value), *name;
    json_t *inner;
    size_t i;
    if (text)
        return strstr(text, "${secret:") != NULL;
    json_object_foreach((json_t *)value, name, inner) if (holds_secret(inner)) return true;
    json_array_foreach((json_t *)value, i, inner) if (holds_secret(inner)) return true;
    return false;
}

static void compare(struct comparison *comparison, const json_t *wanted, const json_t *found)
{
    if (json_is_string(wanted) && holds_secret(wanted))
        return;
    if (!found || json_is_null(found)) {
        if (!is_empty(wanted) && !holds_secret(wanted))
            tell_missing(comparison);
        return;
    }
    if (json_is_object(wanted) && json_is_object(found)) {
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)wanted, name, value)
        {
            const json_t *other = json_object_get(found, name);
            bool named = strcmp(name, "name") == 0 && json_is_string(value) &&
                         json_is_string(other) &&
                         same_name(json_string_value(value), json_string_value(other));
            if (!named)
                descend(comparison, name, value, other);
        }
    } else if (json_is_array(wanted) && json_is_array(found)) {
        compare_arrays(comparison, wanted, found);
    } else if (!same_scalar(wanted, found) && !(is_empty(wanted) && is_empty(found))) {
        tell_changed(comparison, wanted, found);
    }
}

void difference_tell(const json_t *wanted, const json_t *found, const char *shared_list,
                     struct text *differences)
{
    struct comparison comparison = {.out = differences, .shared_list = shared_list};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)wanted, name, value)
    {
        /* Tags are everybody's, and Azure writes a location in its own way. */
        if (strcmp(name, "tags") != 0 && strcmp(name, "location") != 0)
            descend(&comparison, name, value, json_object_get(found, name));
    }
}
