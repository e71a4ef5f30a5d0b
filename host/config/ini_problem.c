/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all that is wrong with a configuration. */
#include "config/array.h"
#include "config/ini.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

const char *ini_section_title(const struct ini_section *section, struct arena *arena)
{
    return section->name ? arena_printf(arena, "%s \"%s\"", section->kind, section->name)
                         : section->kind;
}

static void add(struct ini_problems *problems, struct arena *arena, struct ini_problem problem)
{
    if (problems->count == INI_MOST_PROBLEMS)
        return;
    struct ini_problem *items = array_room(arena, problems->items, problems->count, &problems->room,
                                           sizeof *problems->items);
    if (!items || !problem.message) {
        problems->failed = 1;
        return;
    }
    problems->items = items;
    problems->items[problems->count++] = problem;
}

void ini_problem(struct ini_problems *problems, struct arena *arena,
                 const struct ini_section *section, const struct ini_entry *entry,
                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct ini_problem problem = {
        .file = section->file,
        .line = entry ? entry->line : section->line,
        .section = ini_section_title(section, arena),
        .key = entry ? entry->key : NULL,
        .message = arena_vprintf(arena, format, args),
    };
    va_end(args);
    add(problems, arena, problem);
}

void ini_problem_at(struct ini_problems *problems, struct arena *arena, const char *file, int line,
                    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct ini_problem problem = {
        .file = file, .line = line, .message = arena_vprintf(arena, format, args)};
    va_end(args);
    add(problems, arena, problem);
}

static bool comes_before(const struct ini_problem *a, const struct ini_problem *b,
                         const char *first_file)
{
    int order = strcmp(a->file, b->file);
    if (order == 0)
        return a->line < b->line;
    if (strcmp(a->file, first_file) == 0 || strcmp(b->file, first_file) == 0)
        return strcmp(a->file, first_file) == 0;
    return order < 0;
}

/* Insertion keeps those of one line in the order in which they were found. */
void ini_problems_sort(struct ini_problems *problems, const char *first_file)
{
    for (size_t i = 1; i < problems->count; i++) {
        struct ini_problem problem = problems->items[i];
        size_t at = i;
        for (; at > 0 && comes_before(&problem, &problems->items[at - 1], first_file); at--)
            problems->items[at] = problems->items[at - 1];
        problems->items[at] = problem;
    }
}

const char *ini_problem_text(const struct ini_problem *problem, struct arena *arena)
{
    const char *where =
        problem->line ? arena_printf(arena, "%s:%d", problem->file, problem->line) : problem->file;
    if (!problem->section)
        return arena_printf(arena, "%s: %s", where, problem->message);
    if (!problem->key)
        return arena_printf(arena, "%s: [%s]: %s", where, problem->section, problem->message);
    return arena_printf(arena, "%s: [%s] %s: %s", where, problem->section, problem->key,
                        problem->message);
}
