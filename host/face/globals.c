/* SPDX-License-Identifier: Apache-2.0 */
/* The options that every command has: one table for parsing, help, completion and the manual. */
#include "face/globals.h"

#include "rules/suggest.h"

#include <string.h>

#define FLAG(member) offsetof(struct globals, member)

static const struct global_option options[] = {
    {"config", 0, "FILE", "Configuration file to use", 0},
    {"output", 'o', "table|json|tsv", "How results are written; table when not given", 0},
    {"quiet", 'q', NULL, "No progress and no warnings", FLAG(quiet)},
    {"verbose", 'v', NULL, "More on stderr; with --dry-run the bodies of requests", FLAG(verbose)},
    {"debug", 0, NULL, "Show every request and answer on stderr, without secrets", FLAG(debug)},
    {"yes", 'y', NULL, "Acknowledge what would be asked", FLAG(yes)},
    {"dry-run", 0, NULL, "Show what would be done and do nothing", FLAG(dry_run)},
    {"no-wait", 0, NULL, "Leave the operation to the background and print its id", FLAG(no_wait)},
    {"no-color", 0, NULL, "No colours, as with NO_COLOR in the environment", FLAG(no_color)},
    {"help", 'h', NULL, "Show help and do nothing", FLAG(help)},
    {"version", 0, NULL, "Show the version and do nothing", FLAG(version)},
};

enum { OPTION_COUNT = sizeof options / sizeof options[0] };

const struct global_option *globals_table(size_t *count)
{
    *count = OPTION_COUNT;
    return options;
}

const struct global_option *global_find(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0)
            return &options[i];
    return NULL;
}

const struct global_option *global_find_letter(char letter)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options[i].letter && options[i].letter == letter)
            return &options[i];
    return NULL;
}

static int apply_format(struct globals *globals, const char *value, struct error *err)
{
    static const char *const formats[] = {"table", "json", "tsv"};
    if (globals->format_given)
        return error_set(err, ERROR_USAGE, "--output", "--output was given twice: give it once");
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(value, formats[i]) == 0) {
            globals->format = (enum output_format)i;
            globals->format_given = true;
            return 0;
        }
    const char *near = suggest_word(value, formats, sizeof formats / sizeof formats[0]);
    return error_set(err, ERROR_USAGE, "--output",
                     "--output must be table, json or tsv, not \"%s\"%s%s%s", value,
                     near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
}

int global_apply(struct globals *globals, const struct global_option *option, const char *value,
                 struct error *err)
{
    if (!option->value) {
        *(bool *)((char *)globals + option->flag) = true;
        return 0;
    }
    if (strcmp(option->name, "output") == 0)
        return apply_format(globals, value, err);
    if (globals->config)
        return error_set(err, ERROR_USAGE, "--config",
                         "--config was given twice (\"%s\" and \"%s\"): give it once",
                         globals->config, value);
    globals->config = value;
    return 0;
}
