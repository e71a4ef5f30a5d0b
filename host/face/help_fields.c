/* SPDX-License-Identifier: Apache-2.0 */
/* What --help and the manual say of a field. */
#include "face/help.h"

#include "rules/duration.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

char *help_values(const struct command *row)
{
    struct text line = {0};
    bool repeats = false;
    const struct fh_field *field;
    for (size_t i = 0; !repeats && (field = row_positional(row, i, &repeats)); i++) {
        char *label = field_label(row, field);
        bool required = field->flags & FH_FIELD_REQUIRED;
        text_printf(&line, required ? " %s%s" : " [%s%s]", label ? label : "",
                    repeats ? "..." : "");
        free(label);
    }
    return text_take(&line);
}

char *help_synopsis(const struct command *row)
{
    struct text line = {0};
    text_add(&line, row->noun);
    if (*row->verb)
        text_printf(&line, " %s", row->verb);
    char *values = help_values(row);
    text_add(&line, values ? values : "");
    free(values);
    for (size_t i = 0; i < row->field_count; i++) {
        const struct fh_field *field = &row->fields[i];
        if (row_is_positional(row, field) || !(field->flags & FH_FIELD_REQUIRED))
            continue;
        char *label = help_option_label(field);
        text_printf(&line, " %s", label ? label : "");
        free(label);
    }
    text_add(&line, help_has_options(row) ? " [OPTIONS]" : "");
    return text_take(&line);
}

bool help_has_options(const struct command *row)
{
    for (size_t i = 0; i < row->field_count; i++)
        if (!row_is_positional(row, &row->fields[i]) && !(row->fields[i].flags & FH_FIELD_REQUIRED))
            return true;
    return row_type_field(row) || (row->flags & (COMMAND_CHANGES | COMMAND_ACKNOWLEDGE));
}

char *help_option_label(const struct fh_field *field)
{
    if (field_is(field, "bool"))
        return text_format("--[no-]%s", field->name);
    if (field_is(field, "secret"))
        return text_format("--%s-file FILE", field->name);
    char *value = field_placeholder(field);
    char *label = value ? text_format("--%s %s", field->name, value) : NULL;
    free(value);
    return label;
}

/* "; 4 to 120", "; /16 to /24", "; at most 80 characters". */
static void add_bounds(struct text *out, const struct fh_field *field)
{
    if (field->min == 0 && field->max == 0)
        return;
    if (field_is(field, "duration")) {
        char least[DURATION_TEXT], most[DURATION_TEXT];
        duration_format(field->min * 1000, least);
        duration_format(field->max * 1000, most);
        text_printf(out, "; %s to %s", least, most);
    } else if (field_is(field, "cidr")) {
        text_printf(out, "; /%" PRId64 " to /%" PRId64, field->min, field->max);
    } else if (field_is(field, "int") || field_is(field, "port")) {
        text_printf(out, "; %" PRId64 " to %" PRId64, field->min, field->max);
    } else if (field->max && field->min <= 1) {
        text_printf(out, "; at most %" PRId64 " characters", field->max);
    } else if (field->max) {
        text_printf(out, "; %" PRId64 " to %" PRId64 " characters", field->min, field->max);
    }
}

char *help_field_text(const struct command *row, const struct fh_field *field)
{
    struct text out = {0};
    text_add(&out, field->help ? field->help : "");
    if (field->pattern_help)
        text_printf(&out, ": %s", field->pattern_help);
    add_bounds(&out, field);
    if (field_is(field, "secret"))
        text_printf(&out, "; or --%s-env VARIABLE, or asked for at a terminal", field->name);
    if (field->flags & FH_FIELD_LIST)
        text_add(&out, "; may be repeated");
    if (field->default_value)
        text_printf(&out, " [default: %s]", field->default_value);
    /* The synopsis puts brackets around a position that can be left out. */
    if ((field->flags & FH_FIELD_REQUIRED) && !(row && row_is_positional(row, field)))
        text_add(&out, " [required]");
    return text_take(&out);
}
