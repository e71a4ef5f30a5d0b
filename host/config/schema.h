/* SPDX-License-Identifier: Apache-2.0 */
/* What a section may hold, as a table; and filling a struct from it. */
#ifndef FLEXHOST_CONFIG_SCHEMA_H
#define FLEXHOST_CONFIG_SCHEMA_H

#include "config/config.h"
#include "config/ini.h"
#include "rules/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Flags of a key. */
enum {
    KEY_REQUIRED = 1, /* `example` is what the problem shows */
    KEY_LIST = 2      /* repeated, or several values with commas between; a struct config_list */
};

/* The type says what stands at `offset`: int and port int64_t, bool bool, duration int64_t
 * milliseconds, all else const char *. */
struct schema_key {
    const char *key;
    enum value_type type;
    size_t offset;
    unsigned flags;
    int64_t min, max;
    const char *values;
    const char *fallback; /* as if it stood in the file; NULL: the struct stays as it is */
    const char *example;
};

struct schema {
    const struct schema_key *keys;
    size_t count;
    bool open; /* other keys are somebody else's: a plugin's */
};

/* What loading works with. */
struct loading {
    struct config *config;
    struct arena *arena;           /* the config's */
    struct ini_problems *problems; /* the config's */
    const char *folder;            /* that relative paths of the file start from; "" if none */
    bool failed;                   /* memory ran out */
};

/* Every unknown, repeated, missing or wrong key becomes a problem; the rest is filled in. */
void schema_fill(struct loading *loading, const struct ini_section *section,
                 const struct schema *schema, void *base);
/* The fallbacks alone, for a section that is not there. */
void schema_defaults(struct loading *loading, const struct schema *schema, void *base);

/* A path of the file, relative to the file's folder; "file:PATH" likewise where `reference`. */
const char *loading_path(struct loading *loading, const char *path, bool reference);

#endif
