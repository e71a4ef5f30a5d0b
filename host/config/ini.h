/* SPDX-License-Identifier: Apache-2.0 */
/* INI text into sections that remember their lines, and the list of all that is wrong. */
#ifndef FLEXHOST_CONFIG_INI_H
#define FLEXHOST_CONFIG_INI_H

#include "base/arena.h"

#include <stddef.h>

struct ini_entry {
    const char *key;
    const char *value; /* without surrounding blanks, may be "" */
    int line;
};

/* [kind "name"] and its entries in their order; a repeated key is several entries. */
struct ini_section {
    const char *kind;
    const char *name; /* NULL: [kind] */
    const char *file;
    int line;
    const struct ini_entry *entries;
    size_t entry_count;
};

struct ini_file {
    const struct ini_section *sections;
    size_t count;
};

struct ini_problem {
    const char *file;
    int line;            /* 0: of the whole file */
    const char *section; /* as written: credential "main"; NULL outside of any */
    const char *key;     /* NULL: of the section */
    const char *message; /* the rule, the value, the mend */
};

enum { INI_MOST_PROBLEMS = 500 };

/* Zero-initialise; everything lives in the arena that is passed along. The first 500 are kept. */
struct ini_problems {
    struct ini_problem *items;
    size_t count;
    size_t room;
    int failed; /* memory ran out: some are missing */
};

/* Of the entry, or of the section where entry is NULL. */
void ini_problem(struct ini_problems *problems, struct arena *arena,
                 const struct ini_section *section, const struct ini_entry *entry,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
void ini_problem_at(struct ini_problems *problems, struct arena *arena, const char *file, int line,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* In the order of their lines, those of `first_file` first. */
void ini_problems_sort(struct ini_problems *problems, const char *first_file);
/* "flexhost.ini:12: [azure] ca-file: ..." */
const char *ini_problem_text(const struct ini_problem *problem, struct arena *arena);

/* The text is copied. Malformed lines, characters and sections become problems; what is well
 * formed is read all the same. -1 only without memory. */
int ini_parse_text(const char *file, const char *text, size_t length, struct arena *arena,
                   struct ini_file *parsed, struct ini_problems *problems);

/* The last entry with this key, NULL if there is none. */
const struct ini_entry *ini_find(const struct ini_section *section, const char *key);
/* "credential \"main\"" */
const char *ini_section_title(const struct ini_section *section, struct arena *arena);

#endif
