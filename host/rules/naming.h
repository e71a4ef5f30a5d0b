/* SPDX-License-Identifier: Apache-2.0 */
/* The machine naming scheme: PC-Sales-## gives PC-Sales-01, PC-Sales-02 ... */
#ifndef FLEXHOST_RULES_NAMING_H
#define FLEXHOST_RULES_NAMING_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NAMING_LONGEST = 15, /* what a Windows computer name may have */
    NAMING_DEFAULT_LENGTH = 18,
    NAMING_TEXT = 24, /* a name and a NUL, the default scheme's widened ones too */
    NAMING_WILDCARDS = 4
};

#define NAMING_DEFAULT "DAS%%%%%%%%-**-###"

enum naming_type { NAMING_DIGITS, NAMING_LETTERS };

struct naming_scheme {
    char before[NAMING_TEXT]; /* what stands before the wildcards */
    char after[NAMING_TEXT];
    unsigned wildcards; /* as given: names grow wider than this when all are used */
    unsigned widest;    /* how wide they may grow */
    enum naming_type type;
};

/* What the default scheme's % and * stand for is derived from these, never random: the same seeds
 * give the same names. */
struct naming_seeds {
    const char *location; /* the resource location, for % */
    const char *catalog;  /* for * */
};

struct naming_request {
    size_t count;
    /* Whether a machine or a computer account has this name already; ask without regard to case. */
    bool (*taken)(void *data, const char *name);
    void *data;
};

/* `text` NULL or "" is the default scheme. */
int naming_parse(const char *field, const char *text, enum naming_type type,
                 const struct naming_seeds *seeds, struct naming_scheme *scheme, struct error *err);

/* "-GATEWAY", "-GW" or "-TAC" if the name ends in it, else NULL. */
const char *naming_reserved_ending(const char *name);

/* How many names the scheme can give, widening included. */
uint64_t naming_capacity(const struct naming_scheme *scheme);
/* The name at an index from 0; false past the last, and for an index whose name would break a
 * rule (with letters, PC-## comes by PC-GW). */
bool naming_name(const struct naming_scheme *scheme, uint64_t index, char name[NAMING_TEXT]);

/* The next `count` free names in order, all or none; the caller frees *names. Fails, saying why,
 * when the wildcards are used up and the name can't grow. */
int naming_allocate(const char *field, const struct naming_scheme *scheme,
                    const struct naming_request *request, char (**names)[NAMING_TEXT],
                    struct error *err);

/* The Windows computer name of a machine: the last 15 characters, without a leading hyphen. */
void naming_computer_name(const char *name, char computer[NAMING_LONGEST + 1]);

#endif
