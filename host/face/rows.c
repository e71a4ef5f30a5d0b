/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about rows and fields that parsing, help, completion and the manual share. */
#include "face/rows.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

const struct command *rows_find(const struct rows *rows, const char *noun, const char *verb)
{
    for (size_t i = 0; i < rows->count(); i++) {
        const struct command *row = rows->at(i);
        if (strcmp(row->noun, noun) == 0 && strcmp(row->verb, verb) == 0)
            return row;
    }
    return NULL;
}

bool rows_has_group(const struct rows *rows, const char *noun, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; length && i < rows->count(); i++) {
        const struct command *row = rows->at(i);
        if (strcmp(row->noun, noun) == 0 && strncmp(row->verb, word, length) == 0 &&
            row->verb[length] == ' ')
            return true;
    }
    return false;
}

bool rows_has_noun(const struct rows *rows, const char *noun)
{
    for (size_t i = 0; i < rows->count(); i++)
        if (strcmp(rows->at(i)->noun, noun) == 0)
            return true;
    return false;
}

bool rows_starts_noun(const struct rows *rows, size_t index)
{
    const struct command *row = rows->at(index);
    if (row->flags & COMMAND_HIDDEN)
        return false;
    for (size_t i = 0; i < index; i++) {
        const struct command *earlier = rows->at(i);
        if (!(earlier->flags & COMMAND_HIDDEN) && strcmp(earlier->noun, row->noun) == 0)
            return false;
    }
    return true;
}

const struct fh_field *field_find(const struct fh_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

const struct fh_field *row_field(const struct command *row, const char *name)
{
    return field_find(row->fields, row->field_count, name);
}

const struct fh_field *row_type_field(const struct command *row)
{
    return row->plugin_kind && row->plugin_field ? row_field(row, row->plugin_field) : NULL;
}

const struct fh_field *row_subject_field(const struct command *row)
{
    return row->plugin_kind && row->plugin_subject ? row_field(row, row->plugin_subject) : NULL;
}

bool row_edits(const struct command *row)
{
    return row->plugin_subject && !row->makes_element;
}

const struct fh_field *row_joined(const struct command *row, const struct plugin *plugin,
                                  size_t *count)
{
    *count = plugin ? plugin->entry.field_count : 0;
    const struct fh_field *fields = plugin ? plugin->entry.fields : NULL;
    if (!plugin || !row->plugin_object)
        return fields;
    const struct fh_field *object = field_find(fields, *count, row->plugin_object);
    *count = object ? object->field_count : 0;
    return object ? object->fields : NULL;
}

const struct fh_field *row_positional(const struct command *row, size_t index, bool *repeats)
{
    const char *at = row->positional ? row->positional : "";
    for (size_t i = 0;; i++) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " ");
        if (length == 0)
            return NULL;
        bool last_of_all = length > 3 && strncmp(at + length - 3, "...", 3) == 0;
        if (i == index || (last_of_all && index > i)) {
            char name[64];
            size_t cut = last_of_all ? length - 3 : length;
            if (cut >= sizeof name)
                return NULL;
            memcpy(name, at, cut);
            name[cut] = '\0';
            if (repeats)
                *repeats = last_of_all;
            return row_field(row, name);
        }
        at += length;
    }
}

bool row_is_positional(const struct command *row, const struct fh_field *field)
{
    bool repeats = false;
    for (size_t i = 0;; i++) {
        const struct fh_field *positional = row_positional(row, i, &repeats);
        if (!positional)
            return false;
        if (positional == field)
            return true;
        if (repeats)
            return false;
    }
}

bool row_offers(const struct command *row, const struct fh_field *field)
{
    const struct fh_field *own = row_field(row, field->name);
    if (own)
        return own == field && !row_is_positional(row, field);
    return !(row_edits(row) && (field->flags & FH_FIELD_IMMUTABLE));
}

bool field_is(const struct fh_field *field, const char *type)
{
    return strcmp(field->type, type) == 0;
}

char *field_label(const struct command *row, const struct fh_field *field)
{
    if (!row || !row_is_positional(row, field))
        return text_format("--%s", field->name);
    char *label = strdup(field->name);
    for (char *c = label; c && *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return label;
}

char *field_placeholder(const struct fh_field *field)
{
    static const char *const words[][2] = {
        {"string", "TEXT"},  {"int", "NUMBER"}, {"bool", "yes|no"},
        {"ipv4", "ADDRESS"}, {"path", "FILE"},  {"object", "NAME=VALUE,..."},
    };
    if (field->values)
        return strdup(field->values);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (field_is(field, words[i][0]))
            return strdup(words[i][1]);
    const char *word = field->type;
    if (field_is(field, "string")) { /* "--service-account ACCOUNT" says more than TEXT */
        const char *hyphen = strrchr(field->name, '-');
        word = hyphen ? hyphen + 1 : field->name;
    }
    char *upper = strdup(word);
    for (char *c = upper; c && *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return upper;
}
