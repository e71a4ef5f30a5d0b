/* SPDX-License-Identifier: Apache-2.0 */
/* The command reference of flexhost(1), in mdoc(7): what stands between its hand-written chapters.
 */
#include "face/man.h"

#include "face/help.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 76 };

/* One word: backslashes and a dot at the start of a line mean something to roff, "--" would become
 * a dash. */
static void add_escaped(struct text *out, const char *word, size_t length, bool starts_line)
{
    if (starts_line && (*word == '.' || *word == '\''))
        text_add(out, "\\&");
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '\\')
            text_add(out, "\\e");
        else if (word[i] == '-' &&
                 ((i + 1 < length && word[i + 1] == '-') || (i && word[i - 1] == '-')))
            text_add(out, "\\-");
        else
            text_append(out, word + i, 1);
    }
}

static bool ends_sentence(const char *word, size_t length, const char *next)
{
    bool abbreviation = length == 4 && strncmp(word, "e.g.", 4) == 0;
    return length > 2 && !abbreviation && strchr(".?!", word[length - 1]) &&
           isupper((unsigned char)*next);
}

/* Running text: a new line after each sentence, as mandoc wants it, and before column 80. */
static void add_text(struct text *out, const char *text)
{
    size_t column = 0;
    while (*(text += strspn(text, " "))) {
        if (*text == '\n') {
            text_add(out, column ? "\n.Pp\n" : "");
            column = 0;
            text++;
            continue;
        }
        size_t length = strcspn(text, " \n");
        if (column && column + 1 + length > LINE) {
            text_add(out, "\n");
            column = 0;
        }
        if (column)
            text_add(out, " ");
        add_escaped(out, text, length, column == 0);
        column += length + (column > 0);
        const char *word = text;
        text += length;
        const char *next = text + strspn(text, " ");
        if (*next && *next != '\n' && ends_sentence(word, length, next)) {
            text_add(out, "\n");
            column = 0;
        }
    }
    text_add(out, column ? "\n" : "");
}

/* The argument of a macro: in quotes, so that no word of it is taken for a macro. */
static void add_argument(struct text *out, const char *macro, const char *text)
{
    text_printf(out, " %s \"", macro);
    for (const char *c = text; *c; c++)
        text_append(out,
                    *c == '"'    ? "\\(dq"
                    : *c == '\\' ? "\\e"
                                 : c,
                    *c == '"'    ? 4
                    : *c == '\\' ? 2
                                 : 1);
    text_add(out, "\"");
}

static void add_option_head(struct text *out, const struct fh_field *field)
{
    text_add(out, ".It");
    if (field_is(field, "bool")) {
        text_printf(out, " Fl Fl Oo Cm no\\- Oc Ns Cm %s\n", field->name);
        return;
    }
    bool secret = field_is(field, "secret");
    text_printf(out, " Fl Fl %s%s", field->name, secret ? "-file" : "");
    char *value = secret ? strdup("FILE") : field_placeholder(field);
    add_argument(out, "Ar", value ? value : "");
    free(value);
    text_add(out, "\n");
}

static void add_sub_fields(struct text *out, const struct fh_field *field)
{
    if (!field->field_count)
        return;
    text_add(out, ".Bl -tag -width Ds -compact\n");
    for (uint32_t i = 0; i < field->field_count; i++) {
        const struct fh_field *sub = &field->fields[i];
        char *value = field_placeholder(sub), *text = help_field_text(NULL, sub);
        text_printf(out, ".It Cm %s Ns = Ns", sub->name);
        add_argument(out, "Ar", value ? value : "");
        text_add(out, "\n");
        add_text(out, text ? text : "");
        free(value);
        free(text);
    }
    text_add(out, ".El\n");
}

static void add_fields(struct text *out, const struct command *row)
{
    if (!row->field_count)
        return;
    text_add(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < row->field_count; i++) {
        const struct fh_field *field = &row->fields[i];
        if (row_is_positional(row, field)) {
            char *label = field_label(row, field);
            text_add(out, ".It");
            add_argument(out, "Ar", label ? label : "");
            text_add(out, "\n");
            free(label);
        } else {
            add_option_head(out, field);
        }
        char *text = help_field_text(row, field);
        add_text(out, text ? text : "");
        free(text);
        add_sub_fields(out, field);
    }
    text_add(out, ".El\n");
}

static void add_positionals(struct text *out, const struct command *row)
{
    bool repeats = false;
    const struct fh_field *field;
    for (size_t i = 0; !repeats && (field = row_positional(row, i, &repeats)); i++) {
        char *label = field_label(row, field);
        bool optional = !(field->flags & FH_FIELD_REQUIRED);
        add_argument(out, optional ? "Op Ar" : "Ar", label ? label : "");
        text_add(out, repeats ? " Ns ..." : "");
        free(label);
    }
}

static void add_required(struct text *out, const struct command *row)
{
    for (size_t i = 0; i < row->field_count; i++) {
        const struct fh_field *field = &row->fields[i];
        if (row_is_positional(row, field) || !(field->flags & FH_FIELD_REQUIRED))
            continue;
        char *value = field_placeholder(field);
        bool secret = field_is(field, "secret");
        text_printf(out, " Fl Fl %s%s", field->name, secret ? "-file" : "");
        add_argument(out, "Ar", secret ? "FILE" : value ? value : "");
        free(value);
    }
}

static void add_command(struct text *out, const struct command *row)
{
    text_printf(out, ".It Nm Cm %s%s%s", row->noun, *row->verb ? " " : "", row->verb);
    add_positionals(out, row);
    add_required(out, row);
    text_add(out, help_has_options(row) ? " Op Ar OPTIONS\n" : "\n");
    char *summary = text_format("%s.", row->summary);
    add_text(out, summary ? summary : "");
    free(summary);
    if (row->description) {
        text_add(out, ".Pp\n");
        add_text(out, row->description);
    }
    if (row->acknowledgement) {
        text_add(out, ".Pp\nAsks for an acknowledgement, or for\n.Fl Fl yes :\n");
        add_text(out, row->acknowledgement);
    }
    if (row_type_field(row)) {
        text_printf(out,
                    ".Pp\nEach type has options of its own, which its plugin declares:\n.Nm\n"
                    ".Cm %s %s\n.Ar TYPE\n.Fl Fl help\nlists them.\n",
                    row->noun, row->verb);
    }
    if (row_subject_field(row)) {
        char *values = help_values(row);
        text_printf(out, ".Pp\n.Nm\n.Cm %s %s\n.Ar%s\n.Fl Fl help\nlists the type's own options.\n",
                    row->noun, row->verb, values ? values : "");
        free(values);
    }
    add_fields(out, row);
    if (row->example) {
        text_add(out, ".Pp\nFor example:\n.Dl ");
        add_escaped(out, row->example, strlen(row->example), true);
        text_add(out, "\n");
    }
}

void man_commands(struct text *out, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count(); i++) {
        if (!rows_starts_noun(rows, i))
            continue;
        const char *noun = rows->at(i)->noun;
        text_printf(out, ".Ss %s\n", noun);
        char *summary = text_format("%s.", rows->noun_summary(noun));
        add_text(out, summary ? summary : "");
        free(summary);
        text_add(out, ".Bl -tag -width Ds\n");
        for (size_t j = i; j < rows->count(); j++) {
            const struct command *row = rows->at(j);
            if (strcmp(row->noun, noun) == 0 && !(row->flags & COMMAND_HIDDEN))
                add_command(out, row);
        }
        text_add(out, ".El\n");
    }
}
