/* SPDX-License-Identifier: Apache-2.0 */
/* The machine naming scheme: its rules, and the text it stands for. */
#include "rules/naming.h"

#include "base/digest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The manual's list, and what Azure refuses in a computer name besides. */
static const char forbidden[] = " \t/\\:*<>|,~!@$%^(){}_";
static const char refused_by_azure[] = "`&=+[];'\"?.";
static const char *const reserved_endings[] = {"-GATEWAY", "-GW", "-TAC"};

const char *naming_reserved_ending(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof reserved_endings / sizeof *reserved_endings; i++) {
        size_t tail = strlen(reserved_endings[i]);
        if (length >= tail && strcasecmp(name + length - tail, reserved_endings[i]) == 0)
            return reserved_endings[i];
    }
    return NULL;
}

static int check_characters(const char *field, const char *text, struct error *err)
{
    if (*text == '.')
        return error_set(err, ERROR_USAGE, field,
                         "the naming scheme \"%s\" begins with a period: begin with a letter or a "
                         "digit",
                         text);
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c >= 0x80 || iscntrl(c))
            return error_set(err, ERROR_USAGE, field,
                             "the naming scheme may hold only letters A to Z, digits, hyphens and "
                             "#: character %zu is none of them",
                             (size_t)(at - text) + 1);
        if (strchr(forbidden, c))
            return error_set(err, ERROR_USAGE, field,
                             "the naming scheme \"%s\" holds '%c', which is forbidden in a machine "
                             "name: use letters, digits and hyphens",
                             text, c);
        if (strchr(refused_by_azure, c))
            return error_set(err, ERROR_USAGE, field,
                             "the naming scheme \"%s\" holds '%c', which Azure refuses in a "
                             "computer name: use letters, digits and hyphens",
                             text, c);
    }
    return 0;
}

static int check_length(const char *field, const char *text, struct error *err)
{
    size_t length = strlen(text);
    if (length < 2 || length > NAMING_LONGEST)
        return error_set(err, ERROR_USAGE, field,
                         "the naming scheme \"%.40s\" has %zu characters: it takes 2 to %d, "
                         "wildcards included",
                         text, length, NAMING_LONGEST);
    return 0;
}

static int check_wildcards(const char *field, const char *text, struct error *err)
{
    const char *first = strchr(text, '#');
    if (!first)
        return error_set(err, ERROR_USAGE, field,
                         "the naming scheme \"%s\" has no wildcard: put 1 to %d # where the number "
                         "stands, as in %.11s-##",
                         text, NAMING_WILDCARDS, text);
    size_t run = strspn(first, "#");
    if (strchr(first + run, '#'))
        return error_set(err, ERROR_USAGE, field,
                         "the wildcards of the naming scheme \"%s\" stand apart: put all # "
                         "together",
                         text);
    if (run > NAMING_WILDCARDS)
        return error_set(err, ERROR_USAGE, field,
                         "the naming scheme \"%s\" has %zu wildcards: it takes 1 to %d", text, run,
                         NAMING_WILDCARDS);
    return 0;
}

static int check_shape(const char *field, const char *text, enum naming_type type,
                       struct error *err)
{
    const char *ending = naming_reserved_ending(text);
    if (type == NAMING_DIGITS && strspn(text, "0123456789#") == strlen(text))
        return error_set(err, ERROR_USAGE, field,
                         "the naming scheme \"%s\" gives names of digits only: add a letter", text);
    if (ending)
        return error_set(err, ERROR_USAGE, field,
                         "the naming scheme \"%s\" ends in %s, which is reserved: choose another "
                         "ending",
                         text, ending);
    if (*text == '-' || text[strlen(text) - 1] == '-')
        return error_set(err, ERROR_USAGE, field,
                         "the naming scheme \"%s\" begins or ends with a hyphen, which Azure "
                         "refuses: begin and end with a letter, a digit or #",
                         text);
    return 0;
}

/* Letters and digits that stand for a seed: 36 of them, so that eight tell 2.8 million million
 * resource locations apart. */
static int derive(const char *seed, char *out, size_t count)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char hex[DIGEST_HEX];
    if (digest_text(seed, strlen(seed), hex) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        unsigned part = 0;
        sscanf(hex + 6 * i, "%6x", &part);
        out[i] = alphabet[part % 36];
    }
    return 0;
}

static int parse_default(const struct naming_seeds *seeds, enum naming_type type,
                         struct naming_scheme *scheme, struct error *err)
{
    char location[9] = "", catalog[3] = "";
    if (!seeds || !seeds->location || !seeds->catalog)
        return error_set(err, ERROR_FAILED, NULL, "the default naming scheme needs its seeds");
    if (derive(seeds->location, location, 8) < 0 || derive(seeds->catalog, catalog, 2) < 0)
        return error_set(err, ERROR_FAILED, NULL, "cannot compute a digest for machine names");
    memset(scheme, 0, sizeof *scheme);
    snprintf(scheme->before, sizeof scheme->before, "DAS%s-%s-", location, catalog);
    scheme->type = type;
    scheme->wildcards = 3;
    /* Longer than 15 from the start, so that the 15 can't say where it ends: without the fourth
     * wildcard a subscription's 5,000 machines would not fit into one catalog. */
    scheme->widest = NAMING_WILDCARDS;
    return 0;
}

int naming_parse(const char *field, const char *text, enum naming_type type,
                 const struct naming_seeds *seeds, struct naming_scheme *scheme, struct error *err)
{
    if (!text || !*text || strcmp(text, NAMING_DEFAULT) == 0)
        return parse_default(seeds, type, scheme, err);
    if (check_length(field, text, err) < 0 || check_characters(field, text, err) < 0 ||
        check_wildcards(field, text, err) < 0 || check_shape(field, text, type, err) < 0)
        return -1;
    size_t before = strcspn(text, "#");
    size_t wildcards = strspn(text + before, "#");
    memset(scheme, 0, sizeof *scheme);
    memcpy(scheme->before, text, before);
    strcpy(scheme->after, text + before + wildcards);
    scheme->type = type;
    scheme->wildcards = (unsigned)wildcards;
    scheme->widest = (unsigned)(wildcards + NAMING_LONGEST - strlen(text));
    return 0;
}

void naming_computer_name(const char *name, char computer[NAMING_LONGEST + 1])
{
    size_t length = strlen(name);
    if (length > NAMING_LONGEST)
        name += length - NAMING_LONGEST;
    while (*name == '-')
        name++;
    snprintf(computer, NAMING_LONGEST + 1, "%s", name);
}
