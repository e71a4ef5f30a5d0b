/* SPDX-License-Identifier: Apache-2.0 */
/* What follows the verb: positional values and the options of the row and of its plugin. */
#include "face/arguments_fields.h"

#include "base/text.h"
#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>

enum option_form { FORM_PLAIN, FORM_NO, FORM_FILE, FORM_ENVIRONMENT };

/* A long option as it stands in argv, and the field that it is of. */
struct option {
    const char *word;
    char name[80];     /* what stands between "--" and "=" */
    const char *value; /* after "="; NULL: there is none */
    const struct fh_field *field;
    enum option_form form;
};

struct parse {
    struct arguments *arguments;
    const struct command *row;
    const struct plugin *plugin;
    size_t next;       /* word */
    size_t positional; /* how many were taken */
    struct error *err;
};

static const struct fh_field *find_field(const struct parse *parse, const char *name)
{
    const struct fh_field *field = row_field(parse->row, name);
    size_t count;
    const struct fh_field *joined = row_joined(parse->row, parse->plugin, &count);
    return field ? field : field_find(joined, count, name);
}

static const struct fh_field *find_stem(const struct parse *parse, const char *name,
                                        const char *ending)
{
    char stem[80];
    size_t length = strlen(name), cut = strlen(ending);
    if (length <= cut || strcmp(name + length - cut, ending) != 0)
        return NULL;
    memcpy(stem, name, length - cut);
    stem[length - cut] = '\0';
    const struct fh_field *field = find_field(parse, stem);
    return field && field_is(field, "secret") ? field : NULL;
}

/* Fills option; option->field stays NULL when it is unknown. */
static void read_option(const struct parse *parse, const char *word, struct option *option)
{
    memset(option, 0, sizeof *option);
    option->word = word;
    size_t length = strcspn(word + 2, "=");
    option->value = word[2 + length] ? word + 3 + length : NULL;
    if (length >= sizeof option->name)
        length = sizeof option->name - 1;
    memcpy(option->name, word + 2, length);

    option->field = find_field(parse, option->name);
    if (option->field)
        return;
    option->form = FORM_FILE;
    option->field = find_stem(parse, option->name, "-file");
    if (option->field)
        return;
    option->form = FORM_ENVIRONMENT;
    option->field = find_stem(parse, option->name, "-env");
    if (option->field)
        return;
    option->form = FORM_NO;
    if (strncmp(option->name, "no-", 3) == 0)
        option->field = find_field(parse, option->name + 3);
    if (option->field && !field_is(option->field, "bool"))
        option->field = NULL;
}

static bool takes_next_word(const struct option *option)
{
    return !option->value && option->form != FORM_NO && !field_is(option->field, "bool");
}

/* ---- which plugin ---------------------------------------------------------------------------- */

struct type_search {
    const char *typed;   /* by the option or by its position */
    const char *guessed; /* a plugin's name that follows an option which may be a flag */
    size_t positionals;
};

/* Whether it names a plugin, or a subject that has one. */
static bool is_plugin(const struct parse *parse, const struct plugin_source *plugins,
                      const char *name)
{
    const char *kind = parse->row->plugin_kind;
    const struct plugin *found = parse->row->plugin_subject
                                     ? plugins->of_subject(plugins->context, kind, name, NULL)
                                     : plugins->find(plugins->context, kind, name, NULL);
    return found != NULL;
}

/* The options of the plugin are not known yet, so whether a word is the value of one is a guess:
 * it is, unless that leaves no type and the word names a plugin. */
static void search_type(const struct parse *parse, const struct plugin_source *plugins,
                        const struct fh_field *type, struct type_search *search)
{
    const struct arguments *arguments = parse->arguments;
    bool options_ended = false;
    for (size_t i = 0; i < arguments->word_count; i++) {
        const char *word = arguments->words[i];
        const char *next = i + 1 < arguments->word_count ? arguments->words[i + 1] : NULL;
        if (!options_ended && strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (options_ended || !word_is_option(word)) {
            if (row_positional(parse->row, search->positionals++, NULL) == type && !search->typed)
                search->typed = word;
        } else {
            struct option option;
            read_option(parse, word, &option);
            bool takes = option.field ? takes_next_word(&option) : !option.value;
            if (option.field == type)
                search->typed = option.value ? option.value : next;
            if (!takes || !next || word_is_option(next))
                continue;
            i++;
            if (!option.field && !search->guessed && is_plugin(parse, plugins, next))
                search->guessed = next;
        }
    }
}

static int refuse_no_type(const struct parse *parse, const struct plugin_source *plugins,
                          const struct fh_field *type)
{
    struct text names = {0};
    const struct plugin *plugin;
    for (size_t i = 0; (plugin = plugins->at(plugins->context, i)); i++)
        if (!plugin->refusal && strcmp(plugin->kind, parse->row->plugin_kind) == 0)
            text_printf(&names, "%s%s", names.length ? ", " : "", plugin->name);
    char *label = field_label(parse->row, type);
    if (names.length)
        error_set(parse->err, ERROR_USAGE, type->name, "%s %s needs %s: one of %s",
                  parse->row->noun, parse->row->verb, label ? label : "", text_get(&names));
    else
        error_set(parse->err, ERROR_USAGE, type->name,
                  "%s %s needs %s, but no %s plugin is enabled: flexhost plugin list shows why",
                  parse->row->noun, parse->row->verb, label ? label : "", parse->row->plugin_kind);
    free(label);
    text_free(&names);
    return -1;
}

/* A subject's name is not checked here: who handles the command says it better. */
static int find_plugin_of_subject(struct parse *parse, const struct plugin_source *plugins,
                                  const struct fh_field *named)
{
    struct type_search search = {0};
    search_type(parse, plugins, named, &search);
    if (!search.typed)
        search.typed = search.guessed;
    if (!search.typed)
        return 0;
    bool help = parse->arguments->global.help;
    parse->plugin = plugins->of_subject(plugins->context, parse->row->plugin_kind, search.typed,
                                        help ? NULL : parse->err);
    parse->arguments->plugin = parse->plugin;
    if (help)
        return 0;
    /* Before its options are called unknown one by one. */
    if (parse->plugin && parse->row->plugin_object &&
        !command_object(parse->row, parse->plugin, search.typed, parse->err))
        return -1;
    return parse->plugin ? 0 : -1;
}

static int find_plugin(struct parse *parse, const struct plugin_source *plugins)
{
    const struct fh_field *type = row_type_field(parse->row);
    const struct fh_field *named = row_subject_field(parse->row);
    if (named && plugins)
        return find_plugin_of_subject(parse, plugins, named);
    if (!type || !plugins)
        return 0;
    struct type_search search = {0};
    search_type(parse, plugins, type, &search);
    const char *name = search.typed;
    if (search.guessed && (!name || !is_plugin(parse, plugins, name)))
        name = search.guessed;
    bool help = parse->arguments->global.help;
    if (!name)
        return help ? 0 : refuse_no_type(parse, plugins, type);
    parse->plugin = plugins->find(plugins->context, parse->row->plugin_kind, name, parse->err);
    parse->arguments->plugin = parse->plugin;
    return parse->plugin ? 0 : -1;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Takes over `value`. */
static int put_value(struct parse *parse, const struct fh_field *field, json_t *value)
{
    if (!value)
        return error_no_memory(parse->err);
    json_t *raw = parse->arguments->raw;
    json_t *there = json_object_get(raw, field->name);
    bool unsets = json_is_null(value) || json_is_null(there);
    if (unsets && there) {
        json_decref(value);
        return error_set(parse->err, ERROR_USAGE, field->name,
                         "--%s was given twice, and an empty value unsets it: give that alone, or "
                         "the others",
                         field->name);
    }
    if (!(field->flags & FH_FIELD_LIST) || unsets) {
        if (!there)
            return json_object_set_new(raw, field->name, value) < 0 ? error_no_memory(parse->err)
                                                                    : 0;
        char *label = field_label(parse->row, field);
        if (json_is_string(there) && json_is_string(value))
            error_set(parse->err, ERROR_USAGE, field->name,
                      "%s was given twice (\"%s\" and \"%s\"): give it once", label ? label : "",
                      json_string_value(there), json_string_value(value));
        else
            error_set(parse->err, ERROR_USAGE, field->name, "%s was given twice: give it once",
                      label ? label : "");
        free(label);
        json_decref(value);
        return -1;
    }
    if (!there) {
        there = json_array();
        if (json_object_set_new(raw, field->name, there) < 0) {
            json_decref(value);
            return error_no_memory(parse->err);
        }
    }
    return json_array_append_new(there, value) < 0 ? error_no_memory(parse->err) : 0;
}

static int put_text(struct parse *parse, const struct fh_field *field, const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return put_value(parse, field, value);
    char *label = field_label(parse->row, field);
    error_set(parse->err, ERROR_USAGE, field->name, "%s has a value that is not UTF-8",
              label ? label : "");
    free(label);
    return -1;
}

static int refuse_literal_secret(struct parse *parse, const struct fh_field *field)
{
    const char *name = field->name;
    return error_set(parse->err, ERROR_USAGE, name,
                     "--%s is a secret, and a secret on the command line shows in the list of "
                     "processes and in the shell's history: give --%s-file FILE (mode 0600, - for "
                     "standard input) or --%s-env VARIABLE, or neither to be asked for it at a "
                     "terminal",
                     name, name, name);
}

static int put_secret(struct parse *parse, const struct option *option, const char *value)
{
    struct arguments *arguments = parse->arguments;
    for (size_t i = 0; i < arguments->secret_count; i++)
        if (arguments->secrets[i].field == option->field)
            return error_set(parse->err, ERROR_USAGE, option->field->name,
                             "the secret --%s was given twice: give it once, by file or by "
                             "environment",
                             option->field->name);
    struct secret_source *grown =
        reallocarray(arguments->secrets, arguments->secret_count + 1, sizeof *arguments->secrets);
    if (!grown)
        return error_no_memory(parse->err);
    arguments->secrets = grown;
    grown[arguments->secret_count++] = (struct secret_source){
        option->field, option->form == FORM_FILE ? SECRET_FILE : SECRET_ENVIRONMENT, value};
    return 0;
}

/* An empty value takes away what a subject has, or puts the default in its place. */
static bool may_unset(const struct parse *parse, const struct fh_field *field)
{
    return row_edits(parse->row) && !row_field(parse->row, field->name);
}

static int put_bool(struct parse *parse, const struct option *option)
{
    if (option->form == FORM_NO && option->value)
        return error_set(parse->err, ERROR_USAGE, option->field->name,
                         "--%s takes no value: type --%s=no or --%s", option->name,
                         option->field->name, option->name);
    if (option->value && !*option->value && may_unset(parse, option->field))
        return put_value(parse, option->field, json_null());
    if (option->value && !*option->value)
        return error_set(parse->err, ERROR_USAGE, option->field->name,
                         "--%s= has no value: type --%s=yes or --%s=no", option->name, option->name,
                         option->name);
    if (option->value)
        return put_text(parse, option->field, option->value);
    return put_value(parse, option->field, json_boolean(option->form != FORM_NO));
}

/* ---- words ----------------------------------------------------------------------------------- */

static int unknown_option(struct parse *parse, const struct option *option)
{
    struct suggestion nearest = {.mistyped = option->name};
    size_t count;
    const struct global_option *globals = globals_table(&count);
    for (size_t i = 0; i < parse->row->field_count; i++)
        suggestion_offer(&nearest, parse->row->fields[i].name);
    size_t joined_count;
    const struct fh_field *joined = row_joined(parse->row, parse->plugin, &joined_count);
    for (size_t i = 0; i < joined_count; i++)
        suggestion_offer(&nearest, joined[i].name);
    for (size_t i = 0; i < count; i++)
        suggestion_offer(&nearest, globals[i].name);
    char *command = arguments_command_line(parse->arguments);
    const char *name = command ? command + strlen("flexhost ") : "";
    if (nearest.best)
        error_set(parse->err, ERROR_USAGE, option->name,
                  "%s has no option --%s: did you mean --%s?", name, option->name, nearest.best);
    else
        error_set(parse->err, ERROR_USAGE, option->name, "%s has no option --%s", name,
                  option->name);
    free(command);
    return -1;
}

static int take_option(struct parse *parse, const char *word)
{
    struct option option;
    read_option(parse, word, &option);
    if (!option.field)
        return unknown_option(parse, &option);
    if (field_is(option.field, "bool"))
        return put_bool(parse, &option);
    if (field_is(option.field, "secret") && option.form == FORM_PLAIN)
        return refuse_literal_secret(parse, option.field);

    char label[sizeof option.name + 3];
    strcpy(stpcpy(label, "--"), option.name);
    const char *value = option.value;
    if (!value) {
        const struct arguments *arguments = parse->arguments;
        value = parse->next < arguments->word_count ? arguments->words[parse->next] : NULL;
        if (!value || word_is_option(value))
            return arguments_refuse_value(label, value, parse->err);
        parse->next++;
    }
    if (!*value && option.form == FORM_PLAIN && may_unset(parse, option.field))
        return put_value(parse, option.field, json_null());
    if (!*value)
        return arguments_refuse_value(label, value, parse->err);
    return option.form == FORM_PLAIN ? put_text(parse, option.field, value)
                                     : put_secret(parse, &option, value);
}

static int take_positional(struct parse *parse, const char *word)
{
    const struct fh_field *field = row_positional(parse->row, parse->positional, NULL);
    if (!field)
        return error_set(parse->err, ERROR_USAGE, NULL,
                         "\"%s\" is one word too many: %s%s%s takes %zu here, and options begin "
                         "with --",
                         word, parse->row->noun, *parse->row->verb ? " " : "", parse->row->verb,
                         parse->positional);
    parse->positional++;
    char *label = field_label(parse->row, field);
    int result = *word ? put_text(parse, field, word)
                       : error_set(parse->err, ERROR_USAGE, field->name,
                                   "%s is empty: give it a value", label ? label : "");
    free(label);
    return result;
}

static int take_words(struct parse *parse)
{
    const struct arguments *arguments = parse->arguments;
    bool options_ended = false;
    while (parse->next < arguments->word_count) {
        const char *word = arguments->words[parse->next++];
        int result = 0;
        if (!options_ended && strcmp(word, "--") == 0)
            options_ended = true;
        else if (!options_ended && word_is_option(word))
            result = take_option(parse, word);
        else
            result = take_positional(parse, word);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* Options that make no sense for the row are refused rather than overlooked. */
static int check_globals(const struct parse *parse)
{
    const struct globals *global = &parse->arguments->global;
    const struct command *row = parse->row;
    if (row->flags & COMMAND_CHANGES)
        return 0;
    const char *option = global->dry_run ? "--dry-run" : global->no_wait ? "--no-wait" : NULL;
    if (!option)
        return 0;
    return error_set(parse->err, ERROR_USAGE, option,
                     "%s%s%s runs no operation, so %s means nothing to it: leave it out", row->noun,
                     *row->verb ? " " : "", row->verb, option);
}

int arguments_fields(struct arguments *arguments, const struct plugin_source *plugins,
                     struct error *err)
{
    struct parse parse = {.arguments = arguments, .row = arguments->command, .err = err};
    if (find_plugin(&parse, plugins) < 0)
        return -1;
    int result = 0;
    if (!arguments->global.help)
        result = take_words(&parse) < 0 ? -1 : check_globals(&parse);
    if (result < 0 && !arguments->hint) {
        char *command = arguments_command_line(arguments);
        if (command)
            arguments->hint = text_format("%s --help lists what it takes", command);
        free(command);
    }
    return result;
}
