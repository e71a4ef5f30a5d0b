/* SPDX-License-Identifier: Apache-2.0 */
/* Declared fields: all of them, all problems at once. */
#include "plugin/fields.h"

#include "base/text.h"
#include "plugin/field_types.h"
#include "plugin/fields_private.h"
#include "rules/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PROBLEMS = 100 };

void validation_problem(struct validation *validation, const char *label, const char *format, ...)
{
    struct field_problems *problems = validation->problems;
    if (problems->count >= MOST_PROBLEMS)
        return;
    struct field_problem problem = {0};
    va_list args;
    va_start(args, format);
    if (vasprintf(&problem.message, format, args) < 0)
        problem.message = NULL;
    va_end(args);
    problem.field = strdup(label);
    problem.name = strdup(validation->top ? validation->top : "");
    struct field_problem *items =
        realloc(problems->items, (problems->count + 1) * sizeof *problems->items);
    if (items)
        problems->items = items;
    if (!items || !problem.message || !problem.field || !problem.name) {
        free(problem.message);
        free(problem.field);
        free(problem.name);
        validation->failed = true;
        return;
    }
    items[problems->count++] = problem;
}

void field_problems_clear(struct field_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->items[i].field);
        free(problems->items[i].message);
        free(problems->items[i].name);
    }
    free(problems->items);
    memset(problems, 0, sizeof *problems);
}

/* "--route (second)", "--route (12th)" */
static char *element_label(const char *label, size_t index)
{
    static const char *const words[] = {"first", "second",  "third",  "fourth", "fifth",
                                        "sixth", "seventh", "eighth", "ninth",  "tenth"};
    if (index < sizeof words / sizeof *words)
        return text_format("%s (%s)", label, words[index]);
    return text_format("%s (number %zu)", label, index + 1);
}

/* Types whose values hold no commas may come as one text: "10.0.0.4,10.0.0.5". */
static bool splits_at_commas(const char *type)
{
    static const char *const whole[] = {"string", "path", "url", "object", "secret"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(type, whole[i]) == 0)
            return false;
    return true;
}

static void append_split(json_t *list, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, ",");
        size_t blanks = strspn(text, " ");
        const char *start = blanks < length ? text + blanks : text;
        size_t kept = length - (size_t)(start - text);
        while (kept && start[kept - 1] == ' ')
            kept--;
        json_array_append_new(list, json_stringn(start, kept));
        text += length + (text[length] == ',');
    }
}

/* Whatever form was typed, as an array of single values. A new reference. */
static json_t *as_list(const struct fh_field *field, const json_t *value)
{
    json_t *list = json_array();
    json_t *single = json_is_array(value) ? NULL : (json_t *)value;
    size_t count = single ? 1 : json_array_size(value);
    for (size_t i = 0; list && i < count; i++) {
        json_t *item = single ? single : json_array_get(value, i);
        if (json_is_string(item) && splits_at_commas(field->type) &&
            strchr(json_string_value(item), ','))
            append_split(list, json_string_value(item));
        else
            json_array_append(list, item);
    }
    return list;
}

static bool holds(const json_t *list, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), value))
            return true;
    return false;
}

static void add_element(struct validation *validation, const struct fh_field *field,
                        const char *label, const json_t *item, json_t *output)
{
    json_t *value = field_value(validation, field, label, item);
    if (!value)
        return;
    if (holds(output, value)) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        validation_problem(validation, label, "%s is given twice: leave one of them out",
                           text ? text : "a value");
        free(text);
        json_decref(value);
        return;
    }
    json_array_append_new(output, value);
}

static json_t *list_value(struct validation *validation, const struct fh_field *field,
                          const char *label, const json_t *value)
{
    json_t *input = as_list(field, value);
    json_t *output = json_array();
    size_t count = json_array_size(input);
    if (!input || !output)
        validation->failed = true;
    if (field->max_count && count > field->max_count)
        validation_problem(validation, label, "%zu values are given, %u are allowed", count,
                           (unsigned)field->max_count);
    for (size_t i = 0; i < count; i++) {
        char *element = count > 1 ? element_label(label, i) : strdup(label);
        if (element && output)
            add_element(validation, field, element, json_array_get(input, i), output);
        else
            validation->failed = true;
        free(element);
    }
    json_decref(input);
    return output;
}

static json_t *typed_value(struct validation *validation, const struct fh_field *field,
                           const char *label, const json_t *value)
{
    if (field->flags & FH_FIELD_LIST)
        return list_value(validation, field, label, value);
    if (!json_is_array(value))
        return field_value(validation, field, label, value);
    if (json_array_size(value) == 1)
        return field_value(validation, field, label, json_array_get(value, 0));
    validation_problem(validation, label, "it takes one value, %zu are given",
                       json_array_size(value));
    return NULL;
}

static bool is_nothing(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_array(value) && !json_array_size(value));
}

static char *shown(const json_t *value)
{
    if (json_is_string(value))
        return strdup(json_string_value(value));
    return value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("not set");
}

static void check_unchanged(struct validation *validation, const struct fh_field *field,
                            const char *label, const json_t *old, const json_t *new)
{
    if (old ? json_equal(old, new) : !new)
        return;
    char *was = shown(old);
    const char *advice = field->immutable_advice ? field->immutable_advice
                                                 : "delete it and create another one to change it";
    validation_problem(validation, label, "it can't change after creation (it is %s): %s",
                       was ? was : "set", advice);
    free(was);
}

/* Nothing where something is required: at creation, or to unset what is there. */
static void refuse_nothing(struct validation *validation, const struct fh_field *field,
                           const char *label, const json_t *old)
{
    char *was = old ? shown(old) : NULL;
    if (!old)
        validation_problem(validation, label, "it is required: %s", field->help);
    else if (!(field->flags & FH_FIELD_IMMUTABLE)) /* check_unchanged() says more of those */
        validation_problem(validation, label,
                           "it is required and cannot be unset (it is %s): give another value, or "
                           "leave it out to keep this one",
                           was ? was : "set");
    free(was);
}

static json_t *default_value(struct validation *validation, const struct fh_field *field,
                             const char *label)
{
    json_t *text = json_string(field->default_value);
    json_t *value = text ? typed_value(validation, field, label, text) : NULL;
    json_decref(text);
    return value;
}

static void fill_field(struct validation *validation, const struct fh_field *field,
                       const char *label, const json_t *input, const json_t *previous,
                       json_t *output)
{
    size_t before = validation->problems->count;
    const json_t *old = json_object_get(previous, field->name);
    const json_t *typed = json_object_get(input, field->name);
    json_t *value = NULL;
    if (!is_nothing(typed))
        value = typed_value(validation, field, label, typed);
    else if (!typed && old)
        value = json_incref((json_t *)old);
    else if (field->default_value && !(field->flags & FH_FIELD_AT_FIRST_CATALOG))
        value = default_value(validation, field, label);
    else if (field->flags & FH_FIELD_REQUIRED)
        refuse_nothing(validation, field, label, old);
    if (validation->problems->count == before && previous && (field->flags & FH_FIELD_IMMUTABLE) &&
        (old || typed))
        check_unchanged(validation, field, label, old, value);
    if (value && json_object_set_new(output, field->name, value) < 0)
        validation->failed = true;
}

/* A section of the INI has no --help that would list them. */
static char *known_options(const struct fh_field *fields, size_t count)
{
    struct text names = {0};
    for (size_t i = 0; i < count; i++)
        text_printf(&names, "%s\"%s\"", i ? ", " : "", fields[i].name);
    char *known = count ? text_format(": the plugin's options are %s", text_get(&names))
                        : strdup(": the plugin has none");
    text_free(&names);
    return known;
}

static void refuse_one(struct validation *validation, const struct fh_field *fields, size_t count,
                       const char *prefix, const char *name, const char *near)
{
    bool top = strcmp(prefix, validation->prefix) == 0;
    bool option = top && *prefix == '\0';
    char *label = text_format("%s%s", prefix, name);
    char *known = option ? known_options(fields, count) : NULL;
    /* A sub-field is typed bare: "name=", not "--name=". */
    char *guess =
        near ? text_format("%s did you mean \"%s%s\"?", option ? ";" : ":", top ? prefix : "", near)
             : NULL;
    validation_problem(validation, label ? label : name, "there is no such %s%s%s",
                       option ? "option" : "field", known ? known : "", guess ? guess : "");
    free(guess);
    free(known);
    free(label);
}

static void refuse_unknown(struct validation *validation, const struct fh_field *fields,
                           size_t count, const char *prefix, const json_t *input)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)input, name, value)
    {
        struct suggestion near = {.mistyped = name};
        size_t i = 0;
        while (i < count && strcmp(fields[i].name, name) != 0)
            suggestion_offer(&near, fields[i++].name);
        if (i < count)
            continue;
        const char *top = validation->top;
        if (!top)
            validation->top = name;
        refuse_one(validation, fields, count, prefix, name, near.best);
        validation->top = top;
    }
}

void fields_fill(struct validation *validation, const struct fh_field *fields, size_t count,
                 const char *prefix, const json_t *input, const json_t *previous, json_t *output)
{
    const char *top = validation->top;
    for (size_t i = 0; i < count; i++) {
        char *label = text_format("%s%s", prefix, fields[i].name);
        validation->top = top ? top : fields[i].name;
        if (label)
            fill_field(validation, &fields[i], label, input, previous, output);
        else
            validation->failed = true;
        free(label);
    }
    validation->top = top;
    refuse_unknown(validation, fields, count, prefix, input);
}

int fields_validate_as(const char *prefix, const struct fh_field *fields, size_t count,
                       const json_t *input, const json_t *previous, const json_t *known,
                       json_t **output, json_t **secrets, struct field_problems *problems)
{
    memset(problems, 0, sizeof *problems);
    *output = json_object();
    *secrets = json_object();
    struct validation validation = {
        .prefix = prefix, .known = known, .secrets = *secrets, .problems = problems};
    if (*output && *secrets)
        fields_fill(&validation, fields, count, prefix, input, previous, *output);
    else
        validation.failed = true;
    if (validation.failed && !problems->count)
        validation_problem(&validation, prefix, "out of memory");
    return validation.failed || problems->count ? -1 : 0;
}

int fields_validate(const struct fh_field *fields, size_t count, const json_t *input,
                    const json_t *previous, const json_t *known, json_t **output, json_t **secrets,
                    struct field_problems *problems)
{
    return fields_validate_as("--", fields, count, input, previous, known, output, secrets,
                              problems);
}
