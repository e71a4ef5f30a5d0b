/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON as compact text. */
#include "base/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct member {
    const char *name;
    const json_t *value;
};

enum { FEW_MEMBERS = 32 };

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

static void add_escaped(struct text *text, char c)
{
    static const char short_ones[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = c ? strchr(short_ones, c) : NULL;
    char escaped[8];
    if (found)
        snprintf(escaped, sizeof escaped, "\\%c", letters[found - short_ones]);
    else
        snprintf(escaped, sizeof escaped, "\\u%04X", (unsigned)c);
    text_add(text, escaped);
}

static void add_string(struct text *text, const char *string, size_t length)
{
    text_append(text, "\"", 1);
    for (size_t i = 0; i < length;) {
        size_t start = i;
        while (i < length && is_plain((unsigned char)string[i]))
            i++;
        text_append(text, string + start, i - start);
        if (i < length)
            add_escaped(text, string[i++]);
    }
    text_append(text, "\"", 1);
}

static int by_name(const void *a, const void *b)
{
    const struct member *one = a, *other = b;
    return strcmp(one->name, other->name);
}

static void add_members(struct text *text, const struct member *members, size_t count, bool sorted)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            text_append(text, ",", 1);
        add_string(text, members[i].name, strlen(members[i].name));
        text_append(text, ":", 1);
        json_text_add(text, members[i].value, sorted);
    }
}

static void add_object(struct text *text, const json_t *object, bool sorted)
{
    struct member few[FEW_MEMBERS], *members = few;
    size_t count = 0, size = json_object_size(object);
    if (size > FEW_MEMBERS && !(members = malloc(size * sizeof *members))) {
        text->failed = true;
        return;
    }
    const char *name;
    json_t *value;
    bool in_order = true;
    json_object_foreach((json_t *)object, name, value)
    {
        in_order = in_order && (count == 0 || strcmp(members[count - 1].name, name) < 0);
        members[count++] = (struct member){name, value};
    }
    if (sorted && !in_order)
        qsort(members, count, sizeof *members, by_name);
    text_append(text, "{", 1);
    add_members(text, members, count, sorted);
    text_append(text, "}", 1);
    if (members != few)
        free(members);
}

static void add_array(struct text *text, const json_t *array, bool sorted)
{
    size_t i;
    json_t *value;
    text_append(text, "[", 1);
    json_array_foreach(array, i, value)
    {
        if (i)
            text_append(text, ",", 1);
        json_text_add(text, value, sorted);
    }
    text_append(text, "]", 1);
}

/* Numbers with a fraction have their own rules, and are few. */
static void add_other(struct text *text, const json_t *json)
{
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dumped)
        text_add(text, dumped);
    else
        text->failed = true;
    free(dumped);
}

void json_text_add(struct text *text, const json_t *json, bool sorted)
{
    char number[32];
    if (json_is_string(json)) {
        add_string(text, json_string_value(json), json_string_length(json));
    } else if (json_is_object(json)) {
        add_object(text, json, sorted);
    } else if (json_is_array(json)) {
        add_array(text, json, sorted);
    } else if (json_is_integer(json)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
        text_add(text, number);
    } else if (json_is_boolean(json)) {
        text_add(text, json_is_true(json) ? "true" : "false");
    } else if (json_is_null(json)) {
        text_append(text, "null", 4);
    } else {
        add_other(text, json);
    }
}

char *json_text(const json_t *json)
{
    struct text text = {0};
    json_text_add(&text, json, true);
    return text_take(&text);
}
