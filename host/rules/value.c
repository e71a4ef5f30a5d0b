/* SPDX-License-Identifier: Apache-2.0 */
/* Values of declared fields: the check of the type, then the bounds that the field declares. */
#include "rules/value.h"

#include "base/text.h"
#include "rules/duration.h"
#include "rules/suggest.h"
#include "rules/value_forms.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_WORD = 128 };

const char *value_type_name(enum value_type type)
{
    return value_forms[type].name;
}

enum value_type value_type_find(const char *name)
{
    int i = 0;
    while (i < VALUE_TYPES && strcmp(value_forms[i].name, name) != 0)
        i++;
    return (enum value_type)i;
}

static void format_measure(enum value_type type, int64_t measure, char text[DURATION_TEXT + 8])
{
    if (type == VALUE_DURATION)
        duration_format(measure, text);
    else if (type == VALUE_CIDR)
        snprintf(text, DURATION_TEXT + 8, "/%" PRId64, measure);
    else
        snprintf(text, DURATION_TEXT + 8, "%" PRId64, measure);
}

static bool is_measured_by_length(enum value_type type)
{
    return type == VALUE_STRING || type == VALUE_NAME || type == VALUE_FQDN || type == VALUE_EMAIL;
}

static int check_bounds(const struct value_rule *rule, const struct value_finding *finding,
                        struct error *err)
{
    bool bounded = rule->min != 0 || rule->max != 0;
    bool open_above = rule->max < rule->min;
    if (!bounded || finding->measure == VALUE_NO_MEASURE)
        return 0;
    if (finding->measure >= rule->min && (open_above || finding->measure <= rule->max))
        return 0;
    char min[DURATION_TEXT + 8], max[DURATION_TEXT + 8], is[DURATION_TEXT + 8];
    format_measure(rule->type, rule->min, min);
    format_measure(rule->type, rule->max, max);
    format_measure(rule->type, finding->measure, is);
    bool length = is_measured_by_length(rule->type);
    return error_set(err, ERROR_USAGE, rule->field, "%s%s: it takes %s%s%s%s",
                     length ? "the value has a length of " : "the value is ", is,
                     open_above ? "at least " : "", min, open_above ? "" : " to ",
                     open_above ? "" : max);
}

static bool is_among(const char *values, const char *text)
{
    size_t length = strlen(text);
    for (const char *at = values; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strcspn(at, "|") == length && strncmp(at, text, length) == 0)
            return true;
    return false;
}

static int check_values(const struct value_rule *rule, const char *normal, struct error *err)
{
    if (!rule->values || is_among(rule->values, normal))
        return 0;
    struct suggestion suggestion = {.mistyped = normal};
    char *words = strdup(rule->values), *rest = words;
    struct text list = {0};
    for (char *word; words && (word = strsep(&rest, "|"));) {
        suggestion_offer(&suggestion, word);
        text_printf(&list, "%s%s", !list.length ? "" : rest ? ", " : " or ", word);
    }
    int result = error_set(err, ERROR_USAGE, rule->field,
                           "\"%.*s\" is not one of the values: write %s%s%s%s", LONGEST_WORD,
                           normal, text_get(&list), suggestion.best ? " (did you mean " : "",
                           suggestion.best ? suggestion.best : "", suggestion.best ? "?)" : "");
    text_free(&list);
    free(words);
    return result;
}

static int check_pattern(const struct value_rule *rule, const char *normal, struct error *err)
{
    if (!rule->pattern)
        return 0;
    char *whole = text_format("^(%s)$", rule->pattern);
    if (!whole)
        return error_no_memory(err);
    regex_t regex;
    int failed = regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB);
    free(whole);
    if (failed)
        return error_set(err, ERROR_FAILED, rule->field,
                         "the field's own pattern %s is not a regular expression", rule->pattern);
    failed = regexec(&regex, normal, 0, NULL, 0);
    regfree(&regex);
    if (failed)
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%.*s\" does not have the form that is asked for: %s%s", LONGEST_WORD,
                         normal, rule->pattern_help ? "it takes " : "it must match ",
                         rule->pattern_help ? rule->pattern_help : rule->pattern);
    return 0;
}

int value_check(const struct value_rule *rule, const char *text, char **normal, struct error *err)
{
    struct value_finding finding = {0};
    if (normal)
        *normal = NULL;
    if (rule->type >= VALUE_TYPES)
        return error_set(err, ERROR_FAILED, rule->field, "the field's type is not known");
    if (strnlen(text, VALUE_LONGEST) == VALUE_LONGEST)
        return error_set(err, ERROR_USAGE, rule->field,
                         "the value is longer than %d characters: no field takes that much",
                         VALUE_LONGEST - 1);
    if (value_forms[rule->type].check(rule, text, &finding, err) < 0)
        return -1;
    int result = 0;
    if (check_bounds(rule, &finding, err) < 0 || check_values(rule, finding.normal, err) < 0 ||
        check_pattern(rule, finding.normal, err) < 0)
        result = -1;
    if (result == 0 && normal)
        *normal = finding.normal;
    else
        free(finding.normal);
    return result;
}

bool value_bool(const char *normal)
{
    return strcmp(normal, "yes") == 0;
}

int64_t value_int(const char *normal)
{
    return strtoll(normal, NULL, 10);
}
