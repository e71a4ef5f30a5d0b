/* SPDX-License-Identifier: Apache-2.0 */
/* Where two JSON values differ. */
#include "plugin/difference.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static char *below(char *inner, const char *name, size_t index)
{
    if (!inner)
        return NULL;
    char *whole = name ? text_format("/%s%s", name, inner) : text_format("/%zu%s", index, inner);
    free(inner);
    return whole;
}

static char *object_difference(const json_t *a, const json_t *b)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)a, name, value)
    {
        const json_t *other = json_object_get(b, name);
        if (!json_equal(value, other))
            return below(other ? json_first_difference(value, other) : strdup(""), name, 0);
    }
    json_object_foreach((json_t *)b, name, value)
    {
        if (!json_object_get(a, name))
            return below(strdup(""), name, 0);
    }
    return NULL;
}

static char *array_difference(const json_t *a, const json_t *b)
{
    size_t most = json_array_size(a) > json_array_size(b) ? json_array_size(a) : json_array_size(b);
    for (size_t i = 0; i < most; i++) {
        const json_t *x = json_array_get(a, i), *y = json_array_get(b, i);
        if (!x || !y)
            return below(strdup(""), NULL, i);
        if (!json_equal(x, y))
            return below(json_first_difference(x, y), NULL, i);
    }
    return NULL;
}

char *json_first_difference(const json_t *a, const json_t *b)
{
    if (json_equal(a, b))
        return NULL;
    if (json_is_object(a) && json_is_object(b))
        return object_difference(a, b);
    if (json_is_array(a) && json_is_array(b))
        return array_difference(a, b);
    return strdup("");
}
