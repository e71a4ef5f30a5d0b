/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON as compact text. */
#include "base/json_text.h"

static int append(const char *data, size_t length, void *context)
{
    text_append(context, data, length);
    return 0;
}

void json_text_add(struct text *text, const json_t *json, bool sorted)
{
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | (sorted ? JSON_SORT_KEYS : 0);
    if (json_dump_callback(json, append, text, flags) != 0)
        text->failed = true;
}

char *json_text(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
}
