/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a declared field. */
#include "base/text.h"
#include "plugin/field_types.h"
#include "plugin/fields_private.h"
#include "rules/duration.h"
#include "rules/suggest.h"
#include "rules/value.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static json_t *refuse(struct validation *validation, const char *label, struct error *err)
{
    validation_problem(validation, label, "%s", error_text(err));
    error_clear(err);
    return NULL;
}

/* Numbers and truths may come as JSON; the rules are written for texts. The caller frees. */
static char *value_text(enum field_class class, const json_t *value)
{
    if (json_is_string(value))
        return strlen(json_string_value(value)) == json_string_length(value)
                   ? strdup(json_string_value(value))
                   : NULL;
    if (class == FIELD_NUMBER && json_is_integer(value))
        return text_format("%lld", (long long)json_integer_value(value));
    if (class == FIELD_SECONDS && json_is_integer(value))
        return text_format("%llds", (long long)json_integer_value(value));
    if (class == FIELD_TRUTH && json_is_boolean(value))
        return strdup(json_is_true(value) ? "yes" : "no");
    return NULL;
}

static json_t *seconds_value(const char *normal)
{
    int64_t milliseconds = 0;
    return duration_parse(NULL, normal, &milliseconds, NULL) < 0
               ? NULL
               : json_integer(milliseconds / 1000);
}

static json_t *checked_text(struct validation *validation, const struct value_rule *rule,
                            enum field_class class, const char *label, const char *text)
{
    struct error err = ERROR_INIT;
    char *normal = NULL;
    if (value_check(rule, text, &normal, &err) < 0)
        return refuse(validation, label, &err);
    json_t *json = NULL;
    if (class == FIELD_NUMBER)
        json = json_integer(value_int(normal));
    else if (class == FIELD_SECONDS)
        json = seconds_value(normal);
    else if (class == FIELD_TRUTH)
        json = json_boolean(value_bool(normal));
    else
        json = json_string(normal);
    free(normal);
    validation->failed |= !json;
    return json;
}

/* What POSIX prints of a pattern helps nobody: the author gave words for it. */
static bool pattern_fails(struct validation *validation, const struct fh_field *field,
                          const char *label, const char *text, bool secret)
{
    if (!field->pattern)
        return false;
    struct value_rule rule = {
        .field = label, .type = VALUE_STRING, .max = -1, .pattern = field->pattern};
    struct error err = ERROR_INIT;
    int failed = value_check(&rule, text, NULL, &err) < 0;
    error_clear(&err);
    if (failed && secret)
        validation_problem(validation, label, "its value must be made of %s",
                           field->pattern_help ? field->pattern_help : "other characters");
    else if (failed)
        validation_problem(validation, label, "\"%s\" must be made of %s", text,
                           field->pattern_help ? field->pattern_help : "other characters");
    return failed;
}

static json_t *known_region(struct validation *validation, const char *label, const char *text,
                            const json_t *regions)
{
    struct suggestion near = {.mistyped = text};
    const char *name;
    json_t *region;
    json_object_foreach((json_t *)regions, name, region)
    {
        const char *display = json_is_string(region)
                                  ? json_string_value(region)
                                  : json_string_value(json_object_get(region, "name"));
        if (strcasecmp(name, text) == 0 || (display && strcasecmp(display, text) == 0))
            return json_string(name);
        suggestion_offer(&near, name);
    }
    validation_problem(validation, label,
                       "\"%s\" is not a region of this installation%s%s%s: run `flexhost region "
                       "list` for those that are",
                       text, near.best ? " (did you mean \"" : "", near.best ? near.best : "",
                       near.best ? "\"?)" : "");
    return NULL;
}

static json_t *known_credential(struct validation *validation, const char *label, const char *text)
{
    const json_t *names = json_object_get(validation->known, "credential");
    if (!*text) {
        validation_problem(validation, label, "it is empty: name a [credential] of the INI file");
        return NULL;
    }
    if (!json_is_array(names))
        return json_string(text);
    struct suggestion near = {.mistyped = text};
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)names, i, name)
    {
        const char *known = json_string_value(name);
        if (known && strcmp(known, text) == 0)
            return json_string(text);
        if (known)
            suggestion_offer(&near, known);
    }
    validation_problem(validation, label,
                       "there is no credential \"%s\"%s%s%s: add [credential \"%s\"] to the INI "
                       "file, or name one that is there",
                       text, near.best ? " (did you mean \"" : "", near.best ? near.best : "",
                       near.best ? "\"?)" : "", text);
    return NULL;
}

/* The value goes to the caller, a reference stays. */
static json_t *secret_value(struct validation *validation, const struct fh_field *field,
                            const char *label, const char *text)
{
    char *reference = text_format("${secret:%s}", field->name);
    json_t *json = NULL;
    size_t length = strlen(text);
    if (!reference)
        validation->failed = true;
    else if (strcmp(text, reference) == 0)
        json = json_string(reference); /* as last applied */
    else if (!*text)
        validation_problem(validation, label, "it is empty: give a value");
    else if ((field->min > 0 && length < (size_t)field->min) ||
             (field->max > 0 && length > (size_t)field->max))
        validation_problem(validation, label,
                           "its value has %zu characters: give %lld to %lld of them", length,
                           (long long)field->min, (long long)field->max);
    else if (!pattern_fails(validation, field, label, text, true)) {
        json = json_string(reference);
        if (!json || json_object_set_new(validation->secrets, field->name, json_string(text)) < 0)
            validation->failed = true;
    }
    free(reference);
    return json;
}

/* "auto:/24": the host picks a free range of that size before anybody looks at it. */
static json_t *automatic_range(struct validation *validation, const struct fh_field *field,
                               const char *label, const char *text)
{
    const long least = field->min > 0 ? (long)field->min : 8;
    const long most = field->max > 0 ? (long)field->max : 29;
    const char *digits = strncmp(text, "auto:/", 6) == 0 ? text + 6 : "";
    char *end = NULL;
    long prefix = *digits >= '0' && *digits <= '9' ? strtol(digits, &end, 10) : -1;
    if (end && !*end && prefix >= least && prefix <= most)
        return json_sprintf("auto:/%ld", prefix);
    validation_problem(validation, label,
                       "\"%s\" is no size to pick a range of: write auto:/%ld to auto:/%ld, or a "
                       "range",
                       text, least, most);
    return NULL;
}

static json_t *text_value(struct validation *validation, const struct fh_field *field,
                          enum field_class class, enum value_type type, const char *label,
                          const char *text)
{
    const json_t *regions = json_object_get(validation->known, "region");
    if (class == FIELD_SECRET)
        return secret_value(validation, field, label, text);
    if (class == FIELD_CREDENTIAL)
        return known_credential(validation, label, text);
    if (type == VALUE_REGION && json_is_object(regions))
        return known_region(validation, label, text, regions);
    if (type == VALUE_CIDR && (field->flags & FH_FIELD_OCCUPIES) && strncmp(text, "auto", 4) == 0)
        return automatic_range(validation, field, label, text);
    int64_t scale = class == FIELD_SECONDS ? 1000 : 1;
    struct value_rule rule = {.field = label,
                              .type = type,
                              .min = field->min * scale,
                              .max = field->max * scale,
                              .values = field->values};
    json_t *json = checked_text(validation, &rule, class, label, text);
    if (json && pattern_fails(validation, field, label, text, false)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static const char *wanted_form(enum field_class class)
{
    switch (class) {
    case FIELD_NUMBER:
        return "a whole number";
    case FIELD_SECONDS:
        return "a duration such as 30s or 5m";
    case FIELD_TRUTH:
        return "yes or no";
    default:
        return "a text";
    }
}

json_t *field_value(struct validation *validation, const struct fh_field *field, const char *label,
                    const json_t *value)
{
    enum field_class class;
    enum value_type type;
    if (!field_class_find(field->type, &class, &type)) {
        validation_problem(validation, label, "its type \"%s\" is unknown", field->type);
        return NULL;
    }
    if (class == FIELD_OBJECT)
        return field_object(validation, field, label, value);
    char *text = value_text(class, value);
    if (!text) {
        validation_problem(validation, label, "it must be %s", wanted_form(class));
        return NULL;
    }
    json_t *json = text_value(validation, field, class, type, label, text);
    OPENSSL_cleanse(text, strlen(text));
    free(text);
    return json;
}
