/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a row of the command table: the options that every command has, noun and verb. What
 * follows the verb is parsed in arguments_fields.c. */
#include "face/arguments.h"

#include "base/text.h"
#include "face/arguments_fields.h"
#include "rules/suggest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "-" is a value (standard input), "-5" a number. */
bool word_is_option(const char *word)
{
    return word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]);
}

int arguments_refuse_value(const char *option, const char *word, struct error *err)
{
    if (!word)
        return error_set(err, ERROR_USAGE, option, "%s needs a value, and nothing follows it",
                         option);
    if (!*word)
        return error_set(err, ERROR_USAGE, option,
                         "%s was given an empty value: give it one, or leave the option out",
                         option);
    return error_set(err, ERROR_USAGE, option,
                     "%s needs a value, and the option %s follows it: if that is the value, type "
                     "%s=%s",
                     option, word, option, word);
}

/* ---- options that every command has ---------------------------------------------------------- */

struct walk {
    struct arguments *arguments;
    char **argv;
    int argc;
    int next;
    struct error *err;
};

static int apply_global(struct walk *walk, const struct global_option *option, const char *attached)
{
    char label[32] = "--";
    strncat(label, option->name, sizeof label - 3);
    if (!option->value && attached)
        return error_set(walk->err, ERROR_USAGE, label, "%s takes no value", label);
    const char *value = attached;
    if (option->value && !attached) {
        const char *word = walk->next < walk->argc ? walk->argv[walk->next] : NULL;
        if (!word || word_is_option(word))
            return arguments_refuse_value(label, word, walk->err);
        value = word;
        walk->next++;
    }
    if (option->value && !*value)
        return arguments_refuse_value(label, value, walk->err);
    return global_apply(&walk->arguments->global, option, value, walk->err);
}

static int unknown_letter(struct walk *walk, const char *word, char letter)
{
    char text[3] = {'-', letter, '\0'};
    if (strlen(word) > 2 && strspn(word + 1, "abcdefghijklmnopqrstuvwxyz-=") > 2)
        return error_set(walk->err, ERROR_USAGE, NULL,
                         "unknown option %s: did you mean -%s? Options with a name have two dashes",
                         word, word);
    if (strlen(word) > 2)
        return error_set(walk->err, ERROR_USAGE, NULL,
                         "unknown option %s: if %s is the value of an option, type --OPTION=%s",
                         text, word, word);
    return error_set(walk->err, ERROR_USAGE, NULL, "unknown option %s", text);
}

/* "-q", "-qy", "-ojson", "-o json". */
static int apply_letters(struct walk *walk, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct global_option *option = global_find_letter(*letter);
        if (!option)
            return unknown_letter(walk, word, *letter);
        if (!option->value) {
            if (apply_global(walk, option, NULL) < 0)
                return -1;
            continue;
        }
        const char *attached = letter[1] ? letter + 1 + (letter[1] == '=') : NULL;
        return apply_global(walk, option, attached);
    }
    return 0;
}

static int take_word(struct walk *walk)
{
    const char *word = walk->argv[walk->next++];
    struct arguments *arguments = walk->arguments;
    if (!word_is_option(word)) {
        arguments->words[arguments->word_count++] = word;
        return 0;
    }
    if (word[1] != '-')
        return apply_letters(walk, word);
    size_t length = strcspn(word + 2, "=");
    const struct global_option *option = global_find(word + 2, length);
    if (option)
        return apply_global(walk, option, word[2 + length] ? word + 3 + length : NULL);
    arguments->words[arguments->word_count++] = word;
    return 0;
}

int arguments_globals(struct arguments *arguments, int argc, char **argv, struct error *err)
{
    memset(arguments, 0, sizeof *arguments);
    arguments->raw = json_object();
    arguments->words = calloc((size_t)argc + 1, sizeof *arguments->words);
    if (!arguments->raw || !arguments->words)
        return error_no_memory(err);
    struct walk walk = {arguments, argv, argc, 1, err};
    int result = 0;
    while (walk.next < argc) {
        if (strcmp(argv[walk.next], "--") == 0) {
            while (walk.next < argc)
                arguments->words[arguments->word_count++] = argv[walk.next++];
            break;
        }
        /* Goes on after an error: -o json further on says how that error is to be written. */
        if (result < 0)
            take_word(&(struct walk){arguments, argv, argc, walk.next++, NULL});
        else
            result = take_word(&walk);
    }
    return result;
}

/* ---- noun and verb --------------------------------------------------------------------------- */

static void drop_word(struct arguments *arguments)
{
    memmove(arguments->words, arguments->words + 1,
            (arguments->word_count - 1) * sizeof *arguments->words);
    arguments->word_count--;
}

static int unknown_noun(struct arguments *arguments, const struct rows *rows, const char *word,
                        struct error *err)
{
    struct suggestion nearest = {.mistyped = word};
    for (size_t i = 0; i < rows->count(); i++)
        if (!(rows->at(i)->flags & COMMAND_HIDDEN))
            suggestion_offer(&nearest, rows->at(i)->noun);
    suggestion_offer(&nearest, "help");
    suggestion_offer(&nearest, "completion");
    arguments->hint = text_format("flexhost --help lists the commands");
    if (nearest.best)
        return error_set(err, ERROR_USAGE, NULL, "unknown command \"%s\": did you mean \"%s\"?",
                         word, nearest.best);
    return error_set(err, ERROR_USAGE, NULL, "unknown command \"%s\"", word);
}

/* What other programs call it. */
static const char *own_word(const struct rows *rows, const char *noun, const char *word)
{
    static const char *const words[][2] = {
        {"edit", "set"},   {"update", "set"},    {"change", "set"}, {"modify", "set"},
        {"add", "create"}, {"new", "create"},    {"get", "show"},   {"describe", "show"},
        {"rm", "delete"},  {"remove", "delete"}, {"ls", "list"},    {"create", "add"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], word) == 0 && rows_find(rows, noun, words[i][1]))
            return words[i][1];
    return NULL;
}

static int unknown_verb(struct arguments *arguments, const struct rows *rows, const char *word,
                        struct error *err)
{
    struct suggestion nearest = {.mistyped = word};
    for (size_t i = 0; i < rows->count(); i++) {
        const struct command *row = rows->at(i);
        if (!(row->flags & COMMAND_HIDDEN) && strcmp(row->noun, arguments->noun) == 0)
            suggestion_offer(&nearest, row->verb);
    }
    arguments->hint = text_format("flexhost %s --help lists what it can do", arguments->noun);
    const char *own = own_word(rows, arguments->noun, word);
    if (own)
        nearest.best = own;
    if (nearest.best)
        return error_set(err, ERROR_USAGE, NULL, "\"%s\" cannot \"%s\": did you mean \"%s %s\"?",
                         arguments->noun, word, arguments->noun, nearest.best);
    return error_set(err, ERROR_USAGE, NULL, "\"%s\" cannot \"%s\"", arguments->noun, word);
}

static int option_before_command(const char *word, struct error *err)
{
    struct suggestion nearest = {.mistyped = word + 2};
    size_t count;
    const struct global_option *options = globals_table(&count);
    for (size_t i = 0; i < count; i++)
        suggestion_offer(&nearest, options[i].name);
    if (word[1] == '-' && nearest.best)
        return error_set(err, ERROR_USAGE, NULL, "unknown option %s: did you mean --%s?", word,
                         nearest.best);
    return error_set(err, ERROR_USAGE, NULL,
                     "unknown option %s before the command: a command's own options come after it",
                     word);
}

/* "route add": a verb of two words. */
static bool find_long_verb(struct arguments *arguments, const struct rows *rows)
{
    if (arguments->word_count < 2)
        return false;
    char *verb = text_format("%s %s", arguments->words[0], arguments->words[1]);
    arguments->command = verb ? rows_find(rows, arguments->noun, verb) : NULL;
    free(verb);
    if (!arguments->command)
        return false;
    drop_word(arguments);
    drop_word(arguments);
    return true;
}

/* The first word of such a verb alone, or with a second that is none. */
static int unknown_in_group(struct arguments *arguments, const struct rows *rows, const char *word,
                            struct error *err)
{
    struct text verbs = {0};
    size_t length = strlen(word);
    for (size_t i = 0; i < rows->count(); i++) {
        const struct command *row = rows->at(i);
        if (strcmp(row->noun, arguments->noun) == 0 && strncmp(row->verb, word, length) == 0 &&
            row->verb[length] == ' ')
            text_printf(&verbs, "%s%s", verbs.length ? ", " : "", row->verb + length + 1);
    }
    if (arguments->global.help)
        arguments->word_count = 0; /* the noun's help lists them */
    else if (arguments->word_count > 1 && !word_is_option(arguments->words[1]))
        error_set(err, ERROR_USAGE, NULL, "\"%s %s\" cannot \"%s\": it can %s", arguments->noun,
                  word, arguments->words[1], text_get(&verbs));
    else
        error_set(err, ERROR_USAGE, NULL, "\"%s %s\" needs one more word: %s", arguments->noun,
                  word, text_get(&verbs));
    text_free(&verbs);
    arguments->hint = text_format("flexhost %s --help lists what it can do", arguments->noun);
    return arguments->global.help ? 0 : -1;
}

static int find_row(struct arguments *arguments, const struct rows *rows, struct error *err)
{
    if (arguments->word_count == 0)
        return 0;
    const char *word = arguments->words[0];
    if (word_is_option(word))
        return arguments->global.help ? 0 : option_before_command(word, err);
    if (!rows_has_noun(rows, word))
        return unknown_noun(arguments, rows, word, err);
    arguments->noun = word;
    drop_word(arguments);

    if (find_long_verb(arguments, rows))
        return 0;
    word = arguments->word_count ? arguments->words[0] : "";
    arguments->command = rows_find(rows, arguments->noun, word);
    if (arguments->command && *word) {
        drop_word(arguments);
        return 0;
    }
    if (rows_has_group(rows, arguments->noun, word))
        return unknown_in_group(arguments, rows, word, err);
    arguments->command = rows_find(rows, arguments->noun, "");
    if (arguments->command || !*word)
        return 0;
    if (word_is_option(word))
        return arguments->global.help ? 0 : option_before_command(word, err);
    return unknown_verb(arguments, rows, word, err);
}

int arguments_command(struct arguments *arguments, const struct rows *rows,
                      const struct plugin_source *plugins, struct error *err)
{
    if (arguments->word_count && strcmp(arguments->words[0], "help") == 0) {
        arguments->global.help = true;
        drop_word(arguments);
    }
    if (find_row(arguments, rows, err) < 0)
        return -1;
    if (!arguments->command)
        return 0;
    return arguments_fields(arguments, plugins, err);
}

void arguments_clear(struct arguments *arguments)
{
    json_decref(arguments->raw);
    free(arguments->words);
    free(arguments->secrets);
    free(arguments->hint);
    memset(arguments, 0, sizeof *arguments);
}

char *arguments_command_line(const struct arguments *arguments)
{
    struct text line = {0};
    text_add(&line, "flexhost");
    if (arguments->noun)
        text_printf(&line, " %s", arguments->noun);
    if (arguments->command && *arguments->command->verb)
        text_printf(&line, " %s", arguments->command->verb);
    if (arguments->plugin && row_type_field(arguments->command))
        text_printf(&line, " %s", arguments->plugin->name);
    return text_take(&line);
}
