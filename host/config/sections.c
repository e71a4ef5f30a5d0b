/* SPDX-License-Identifier: Apache-2.0 */
/* Which sections there are, and who may hold them. */
#include "config/sections.h"

#include "config/array.h"
#include "rules/suggest.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *kind;
    enum { NAMED, UNNAMED, EITHER } form;
} kinds[] = {
    {"host", UNNAMED}, {"azure", UNNAMED},  {"credential", NAMED},  {"subscription", NAMED},
    {"plugin", NAMED}, {"image", NAMED},    {"persona", NAMED},     {"size", NAMED},
    {"region", NAMED}, {"limits", UNNAMED}, {"onpremises", EITHER},
};

enum {
    KINDS = sizeof kinds / sizeof *kinds,
    MOST_SECTIONS = 4096 /* far more than anybody writes; keeps the search for twins short */
};

static void refuse_kind(struct loading *loading, const struct ini_section *section)
{
    struct suggestion suggestion = {.mistyped = section->kind};
    for (size_t i = 0; i < KINDS; i++)
        suggestion_offer(&suggestion, kinds[i].kind);
    ini_problem(loading->problems, loading->arena, section, NULL, "there is no such section%s%s%s",
                suggestion.best ? "; did you mean [" : "",
                suggestion.best ? suggestion.best : ": see flexhost.ini(5)",
                suggestion.best ? "]?" : "");
}

static bool check_form(struct loading *loading, const struct ini_section *section)
{
    size_t i = 0;
    while (i < KINDS && strcmp(kinds[i].kind, section->kind) != 0)
        i++;
    if (i == KINDS) {
        refuse_kind(loading, section);
        return false;
    }
    if (kinds[i].form == NAMED && !section->name) {
        ini_problem(loading->problems, loading->arena, section, NULL,
                    "the section needs a name: write [%s \"NAME\"]", section->kind);
        return false;
    }
    if (kinds[i].form == UNNAMED && section->name) {
        ini_problem(loading->problems, loading->arena, section, NULL,
                    "there is only one such section: write [%s]", section->kind);
        return false;
    }
    return true;
}

static bool is_same(const struct ini_section *a, const struct ini_section *b)
{
    if (strcmp(a->kind, b->kind) != 0)
        return false;
    return a->name && b->name ? strcasecmp(a->name, b->name) == 0 : a->name == b->name;
}

/* Where the same section stands, `row->count` if nowhere. */
static size_t find_same(const struct section_row *row, const struct ini_section *section)
{
    size_t i = 0;
    while (i < row->count && !is_same(row->items[i], section))
        i++;
    return i;
}

static void add_section(struct loading *loading, const struct ini_section *section,
                        struct section_row *row)
{
    size_t same = find_same(row, section);
    if (same < row->count && row->items[same]->file == section->file) {
        ini_problem(loading->problems, loading->arena, section, NULL,
                    "the section stands twice, first in line %d: join the two",
                    row->items[same]->line);
        return;
    }
    if (same < row->count) { /* the main file's own wins over the table's */
        row->items[same] = section;
        return;
    }
    const struct ini_section **items =
        array_room(loading->arena, row->items, row->count, &row->room, sizeof *items);
    if (!items) {
        loading->failed = true;
        return;
    }
    row->items = items;
    row->items[row->count++] = section;
}

void sections_add(struct loading *loading, const struct ini_file *file, const char *only,
                  struct section_row *row)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct ini_section *section = &file->sections[i];
        if (only && strcmp(section->kind, only) != 0) {
            ini_problem(loading->problems, loading->arena, section, NULL,
                        "this file holds [%s \"NAME\"] sections only: move it to flexhost.ini",
                        only);
            continue;
        }
        if (!check_form(loading, section))
            continue;
        if (row->count == MOST_SECTIONS) {
            ini_problem(loading->problems, loading->arena, section, NULL,
                        "there are more than %d sections: the rest is not read", MOST_SECTIONS);
            return;
        }
        add_section(loading, section, row);
    }
}

void sections_join(struct loading *loading, const struct section_row *from, struct section_row *row)
{
    for (size_t i = 0; i < from->count; i++)
        add_section(loading, from->items[i], row);
}

const struct ini_section **sections_of(struct loading *loading, const struct section_row *row,
                                       const char *kind, size_t *count)
{
    const struct ini_section **found = sections_alloc(loading, row->count, sizeof *found);
    *count = 0;
    for (size_t i = 0; found && i < row->count; i++)
        if (strcmp(row->items[i]->kind, kind) == 0)
            found[(*count)++] = row->items[i];
    return found;
}

void *sections_alloc(struct loading *loading, size_t count, size_t size)
{
    if (count == 0)
        return NULL;
    void *memory = arena_alloc(loading->arena, count * size);
    if (!memory)
        loading->failed = true;
    return memory;
}

const char *sections_source(struct loading *loading, const struct ini_section *section)
{
    const char *source = arena_printf(loading->arena, "%s:%d", section->file, section->line);
    if (!source)
        loading->failed = true;
    return source ? source : "";
}
