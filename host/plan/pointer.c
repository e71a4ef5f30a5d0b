/* SPDX-License-Identifier: Apache-2.0 */
/* JSON pointers (RFC 6901). */
#include "plan/pointer.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 256 };

/* "~1" is '/', "~0" is '~'. */
static int unescape(char *name, const char *token, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (used + 1 >= NAME_MAX_LENGTH)
            return -1;
        char c = token[i];
        if (c == '~' && i + 1 < length && (token[i + 1] == '0' || token[i + 1] == '1'))
            c = token[++i] == '0' ? '~' : '/';
        name[used++] = c;
    }
    name[used] = '\0';
    return 0;
}

static json_t *element(const json_t *array, const char *name)
{
    size_t digits = strspn(name, "0123456789");
    if (!digits || name[digits] || digits > 9 || (digits > 1 && *name == '0'))
        return NULL;
    return json_array_get(array, (size_t)strtoul(name, NULL, 10));
}

json_t *pointer_get(const json_t *json, const char *pointer)
{
    while (json && *pointer == '/') {
        char name[NAME_MAX_LENGTH];
        size_t length = strcspn(++pointer, "/");
        if (unescape(name, pointer, length) != 0)
            return NULL;
        json = json_is_array(json) ? element(json, name) : json_object_get(json, name);
        pointer += length;
    }
    return json_is_null(json) || *pointer ? NULL : (json_t *)json;
}
