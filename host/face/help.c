/* SPDX-License-Identifier: Apache-2.0 */
/* --help at every level. The texts of single fields are in help_fields.c. */
#include "face/help.h"

#include "face/screen.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL_COLUMN = 2, NOUN_TEXT_COLUMN = 18, TEXT_COLUMN = 32 };

static void heading(struct text *out, const struct help *help, const char *title)
{
    text_printf(out, help->color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", title);
}

/* "  --label VALUE     what it is", the text on the next line when the label is long. */
static void item_at(struct text *out, const struct help *help, size_t indent, size_t column,
                    const char *label, const char *text)
{
    struct text safe = {0};
    screen_escape(&safe, label, false);
    size_t used = indent + screen_columns(text_get(&safe));
    screen_blanks(out, indent);
    text_add(out, text_get(&safe));
    text_free(&safe);
    screen_escape(&safe, text, false);
    if (safe.length && used + 2 > column) {
        text_add(out, "\n");
        used = 0;
    }
    if (safe.length) {
        screen_blanks(out, column - used);
        screen_wrap(out, text_get(&safe), column, help->columns);
    } else {
        text_add(out, "\n");
    }
    text_free(&safe);
}

static void item(struct text *out, const struct help *help, size_t indent, const char *label,
                 const char *text)
{
    item_at(out, help, indent, TEXT_COLUMN, label, text);
}

static void noun_item(struct text *out, const struct help *help, const char *word, const char *text)
{
    item_at(out, help, LABEL_COLUMN, NOUN_TEXT_COLUMN, word, text);
}

static void paragraphs(struct text *out, const struct help *help, const char *text)
{
    if (!text || !*text)
        return;
    struct text safe = {0};
    for (const char *line = text; *line;) { /* newlines are the author's own paragraphs */
        size_t length = strcspn(line, "\n");
        char *copy = strndup(line, length);
        screen_escape(&safe, copy ? copy : "", false);
        free(copy);
        line += length + (line[length] == '\n');
        text_add(&safe, *line ? "\n" : "");
    }
    text_add(out, "\n");
    screen_wrap(out, text_get(&safe), 0, help->columns);
    text_free(&safe);
}

/* ---- overview and nouns ---------------------------------------------------------------------- */

void help_overview(struct text *out, const struct help *help)
{
    text_add(out, "flexhost: virtual desktops on Azure, from your own machine\n"
                  "\nUsage: flexhost NOUN VERB [VALUES] [OPTIONS]\n");
    heading(out, help, "Commands");
    for (size_t i = 0; i < help->rows->count(); i++)
        if (rows_starts_noun(help->rows, i)) {
            const char *noun = help->rows->at(i)->noun;
            noun_item(out, help, noun, help->rows->noun_summary(noun));
        }
    noun_item(out, help, "completion", "Print a completion script for bash");
    noun_item(out, help, "help", "The same as --help: flexhost help connection create");
    heading(out, help, "Options of every command");
    size_t count;
    const struct global_option *options = globals_table(&count);
    for (size_t i = 0; i < count; i++) {
        struct text label = {0};
        if (options[i].letter)
            text_printf(&label, "-%c, ", options[i].letter);
        text_printf(&label, "--%s%s%s", options[i].name, options[i].value ? " " : "",
                    options[i].value ? options[i].value : "");
        item(out, help, LABEL_COLUMN, text_get(&label), options[i].help);
        text_free(&label);
    }
    text_add(out, "\nflexhost NOUN --help lists the verbs of a noun,\n"
                  "flexhost NOUN VERB --help what a command takes.\n");
}

static bool is_shown(const struct command *row, const char *noun)
{
    return !(row->flags & COMMAND_HIDDEN) && strcmp(row->noun, noun) == 0;
}

void help_noun(struct text *out, const struct help *help, const char *noun)
{
    text_printf(out, "flexhost %s: %s\n\nUsage: flexhost %s VERB [VALUES] [OPTIONS]\n", noun,
                help->rows->noun_summary(noun), noun);
    heading(out, help, "Verbs");
    for (size_t i = 0; i < help->rows->count(); i++) {
        const struct command *row = help->rows->at(i);
        if (is_shown(row, noun))
            noun_item(out, help, row->verb, row->summary);
    }
    text_printf(out, "\nflexhost %s VERB --help tells what one takes.\n", noun);
}

/* ---- one command ----------------------------------------------------------------------------- */

static void sub_fields(struct text *out, const struct help *help, const struct fh_field *field)
{
    for (uint32_t i = 0; i < field->field_count; i++) {
        const struct fh_field *sub = &field->fields[i];
        char *value = field_placeholder(sub);
        struct text label = {0};
        text_printf(&label, "%s=%s", sub->name, value ? value : "");
        char *text = help_field_text(NULL, sub);
        item(out, help, LABEL_COLUMN + 4, text_get(&label), text ? text : "");
        text_free(&label);
        free(value);
        free(text);
    }
}

static void option(struct text *out, const struct help *help, const struct fh_field *field)
{
    char *label = help_option_label(field);
    char *text = help_field_text(NULL, field);
    item(out, help, LABEL_COLUMN, label ? label : "", text ? text : "");
    free(label);
    free(text);
    sub_fields(out, help, field);
}

static void options(struct text *out, const struct help *help, const struct command *row,
                    const struct fh_field *fields, size_t count, const char *title)
{
    bool any = false, hidden = false;
    for (size_t pass = 0; pass < 2; pass++) { /* the required ones first */
        for (size_t i = 0; i < count; i++) {
            struct fh_field field = fields[i];
            if (!row_offers(row, &fields[i]))
                continue;
            if (row_edits(row) && !row_field(row, field.name)) /* what is not given stays */
                field.flags &= ~FH_FIELD_REQUIRED;
            bool required = field.flags & FH_FIELD_REQUIRED;
            if (required == (pass == 1))
                continue;
            if ((field.flags & FH_FIELD_ADVANCED) && !help->advanced && !required) {
                hidden = true;
                continue;
            }
            if (!any)
                heading(out, help, title);
            any = true;
            option(out, help, &field);
        }
    }
    if (hidden)
        text_add(out, "  (--help --all shows the advanced ones too)\n");
}

static void positionals(struct text *out, const struct help *help, const struct command *row)
{
    bool repeats = false;
    const struct fh_field *field;
    for (size_t i = 0; !repeats && (field = row_positional(row, i, &repeats)); i++) {
        if (i == 0)
            heading(out, help, "Values");
        char *label = field_label(row, field);
        char *text = help_field_text(row, field);
        item(out, help, LABEL_COLUMN, label ? label : "", text ? text : "");
        free(label);
        free(text);
    }
}

static void types(struct text *out, const struct help *help, const struct command *row)
{
    if (!help->plugins || !row_type_field(row))
        return;
    heading(out, help, "Types");
    const struct plugin *plugin;
    bool any = false;
    for (size_t i = 0; (plugin = help->plugins->at(help->plugins->context, i)); i++) {
        if (strcmp(plugin->kind, row->plugin_kind) != 0 || plugin->refusal)
            continue;
        noun_item(out, help, plugin->name, plugin->entry.summary);
        any = true;
    }
    if (any)
        text_printf(out, "\nEach has options of its own: flexhost %s %s TYPE --help\n", row->noun,
                    row->verb);
    else
        text_add(out, "  none is enabled: flexhost plugin list shows why\n");
}

static void types_of_subjects(struct text *out, const struct help *help, const struct command *row)
{
    if (!row_subject_field(row))
        return;
    char *values = help_values(row);
    struct text line = {0};
    text_printf(&line, "flexhost %s %s%s --help lists the type's own options.", row->noun,
                row->verb, values ? values : "");
    free(values);
    paragraphs(out, help, text_get(&line));
    text_free(&line);
}

static void operation_options(struct text *out, const struct help *help, const struct command *row)
{
    const char *const names[] = {"dry-run", "no-wait", "yes"};
    const uint32_t flags[] = {COMMAND_CHANGES, COMMAND_CHANGES, COMMAND_ACKNOWLEDGE};
    if (!(row->flags & (COMMAND_CHANGES | COMMAND_ACKNOWLEDGE)))
        return;
    heading(out, help, "How it is run");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct global_option *global = global_find(names[i], strlen(names[i]));
        if (!(row->flags & flags[i]))
            continue;
        struct text label = {0};
        if (global->letter)
            text_printf(&label, "-%c, ", global->letter);
        text_printf(&label, "--%s", global->name);
        item(out, help, LABEL_COLUMN, text_get(&label), global->help);
        text_free(&label);
    }
}

void help_command(struct text *out, const struct help *help, const struct command *row,
                  const struct plugin *plugin)
{
    text_printf(out, "flexhost %s%s%s: %s\n", row->noun, *row->verb ? " " : "", row->verb,
                row->summary);
    char *synopsis = help_synopsis(row);
    text_printf(out, "\nUsage: flexhost ");
    screen_wrap(out, synopsis ? synopsis : "", 16, help->columns);
    free(synopsis);
    paragraphs(out, help, row->description);
    if (row->acknowledgement)
        paragraphs(out, help, row->acknowledgement);
    if (plugin)
        paragraphs(out, help,
                   plugin->entry.description ? plugin->entry.description : plugin->entry.summary);
    positionals(out, help, row);
    if (!plugin) {
        types(out, help, row);
        types_of_subjects(out, help, row);
    }
    options(out, help, row, row->fields, row->field_count, "Options");
    if (plugin) {
        struct text title = {0};
        text_printf(&title, "Options of %s", plugin->name);
        size_t count;
        const struct fh_field *fields = row_joined(row, plugin, &count);
        options(out, help, row, fields, count, text_get(&title));
        text_free(&title);
    }
    operation_options(out, help, row);
    if (row->example) {
        heading(out, help, "Example");
        text_printf(out, "  %s\n", row->example);
    }
    text_add(out, "\nflexhost --help lists the options that every command has.\n");
}
