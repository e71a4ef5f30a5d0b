/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as operators type them: "name=fw,destination=10.0.0.0/16", or JSON. */
#include "base/text.h"
#include "plugin/fields_private.h"

#include <stdlib.h>
#include <string.h>

/* The value up to the next comma; in double quotes it may hold commas, and "" for a quote.
 * Returns the rest, NULL when a quote is not closed. */
static const char *take_value(const char *at, struct text *value)
{
    if (*at != '"') {
        size_t length = strcspn(at, ",");
        text_append(value, at, length);
        return at + length;
    }
    for (at++; *at; at++) {
        if (*at != '"')
            text_append(value, at, 1);
        else if (at[1] == '"')
            text_append(value, at++, 1);
        else
            return at + 1;
    }
    return NULL;
}

static bool add_pair(struct validation *validation, const char *label, json_t *object,
                     const char *name, size_t length, const char *value)
{
    char *key = strndup(name, length);
    bool fine = key && !json_object_get(object, key);
    if (key && !fine)
        validation_problem(validation, label, "\"%s\" is given twice", key);
    if (fine && json_object_set_new(object, key, json_string(value)) < 0) {
        validation_problem(validation, label, "it is not UTF-8");
        fine = false;
    }
    free(key);
    return fine;
}

static json_t *parse_pairs(struct validation *validation, const char *label, const char *text)
{
    json_t *object = json_object();
    const char *at = text;
    while (object && at) {
        size_t length = strcspn(at, "=,");
        struct text value = {0};
        if (!length || at[length] != '=') {
            validation_problem(validation, label,
                               "\"%s\" is not a list of NAME=VALUE with commas between", text);
            break;
        }
        const char *rest = take_value(at + length + 1, &value);
        bool fine = rest && (!*rest || *rest == ',');
        if (!fine)
            validation_problem(validation, label, "\"%s\" has a quote that does not end a value",
                               text);
        fine = fine && add_pair(validation, label, object, at, length, text_get(&value));
        text_free(&value);
        if (!fine)
            break;
        if (!*rest)
            return object;
        at = rest + 1;
    }
    json_decref(object);
    return NULL;
}

static json_t *parse_object(struct validation *validation, const char *label, const json_t *value)
{
    if (json_is_object(value))
        return json_incref((json_t *)value);
    const char *text = json_string_value(value);
    if (!text || !*text) {
        validation_problem(validation, label, "it must be NAME=VALUE,NAME=VALUE or a JSON object");
        return NULL;
    }
    if (text[strspn(text, " \t")] != '{')
        return parse_pairs(validation, label, text);
    json_error_t where;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (!object)
        validation_problem(validation, label, "its JSON is wrong at character %d: %s",
                           where.position, where.text);
    return object;
}

json_t *field_object(struct validation *validation, const struct fh_field *field, const char *label,
                     const json_t *value)
{
    json_t *input = parse_object(validation, label, value);
    if (!input)
        return NULL;
    size_t before = validation->problems->count;
    json_t *output = json_object();
    char *prefix = text_format("%s ", label);
    if (output && prefix)
        fields_fill(validation, field->fields, field->field_count, prefix, input, NULL, output);
    else
        validation->failed = true;
    free(prefix);
    json_decref(input);
    if (validation->problems->count > before || validation->failed) {
        json_decref(output);
        return NULL;
    }
    return output;
}
