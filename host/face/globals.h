/* SPDX-License-Identifier: Apache-2.0 */
/* The options that every command has. */
#ifndef FLEXHOST_FACE_GLOBALS_H
#define FLEXHOST_FACE_GLOBALS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_TSV };

struct globals {
    const char *config; /* NULL: searched */
    bool format_given;
    enum output_format format;
    bool quiet;
    bool verbose;
    bool debug;
    bool yes;
    bool dry_run;
    bool no_wait;
    bool no_color;
    bool help;
    bool version;
};

struct global_option {
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* the placeholder; NULL: it takes none */
    const char *help;
    size_t flag; /* offset of the bool in struct globals; not used when it takes a value */
};

const struct global_option *globals_table(size_t *count);
const struct global_option *global_find(const char *name, size_t length);
const struct global_option *global_find_letter(char letter);
/* value NULL exactly when the option takes none. */
int global_apply(struct globals *globals, const struct global_option *option, const char *value,
                 struct error *err);

#endif
