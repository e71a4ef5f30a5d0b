/* SPDX-License-Identifier: Apache-2.0 */
/* The names that a scheme gives, in order. */
#include "rules/naming.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* base to the power; stops growing far above any number of machines. */
static uint64_t power(uint64_t base, unsigned exponent)
{
    uint64_t result = 1;
    while (exponent-- && result < UINT64_C(1) << 48)
        result *= base;
    return result;
}

uint64_t naming_capacity(const struct naming_scheme *scheme)
{
    if (scheme->type == NAMING_DIGITS)
        return power(10, scheme->widest) - 1; /* numbers begin at 1 */
    uint64_t total = 0;
    for (unsigned width = scheme->wildcards; width <= scheme->widest; width++)
        total += power(26, width);
    return total;
}

/* Digits begin at 1 and letters at A; past the last name of a width the next width begins. */
static void format_wildcards(const struct naming_scheme *scheme, uint64_t index,
                             char text[NAMING_TEXT])
{
    if (scheme->type == NAMING_DIGITS) {
        snprintf(text, NAMING_TEXT, "%0*" PRIu64, (int)scheme->wildcards, index + 1);
        return;
    }
    unsigned width = scheme->wildcards;
    while (index >= power(26, width))
        index -= power(26, width++);
    text[width] = '\0';
    while (width--) {
        text[width] = (char)('A' + index % 26);
        index /= 26;
    }
}

bool naming_name(const struct naming_scheme *scheme, uint64_t index, char name[NAMING_TEXT])
{
    if (index >= naming_capacity(scheme))
        return false;
    char middle[NAMING_TEXT];
    format_wildcards(scheme, index, middle);
    int length = snprintf(name, NAMING_TEXT, "%s%s%s", scheme->before, middle, scheme->after);
    return length < NAMING_TEXT && !naming_reserved_ending(name);
}

static int refuse_used_up(const char *field, const struct naming_scheme *scheme, size_t asked,
                          size_t found, struct error *err)
{
    static const char hashes[] = "####";
    char shown[NAMING_TEXT * 2 + 8];
    snprintf(shown, sizeof shown, "%s%.*s%s", scheme->before, (int)scheme->wildcards, hashes,
             scheme->after);
    size_t longest = strlen(scheme->before) + scheme->widest + strlen(scheme->after);
    return error_set(err, ERROR_USAGE, field,
                     "the naming scheme %s has %zu of the %zu names that are asked for left: its "
                     "longest name has %zu characters%s, so no wildcard can be added; choose a "
                     "shorter scheme or one with letters",
                     shown, found, asked, longest,
                     longest <= NAMING_LONGEST ? " and a name may have 15" : "");
}

int naming_allocate(const char *field, const struct naming_scheme *scheme,
                    const struct naming_request *request, char (**names)[NAMING_TEXT],
                    struct error *err)
{
    *names = NULL;
    /* No more than the scheme can give: a wrong count must not take the memory. */
    if (request->count > naming_capacity(scheme))
        return refuse_used_up(field, scheme, request->count, (size_t)naming_capacity(scheme), err);
    char(*list)[NAMING_TEXT] = calloc(request->count ? request->count : 1, sizeof *list);
    if (!list)
        return error_no_memory(err);
    uint64_t capacity = naming_capacity(scheme);
    size_t found = 0;
    for (uint64_t index = 0; index < capacity && found < request->count; index++) {
        if (!naming_name(scheme, index, list[found]))
            continue;
        if (!request->taken || !request->taken(request->data, list[found]))
            found++;
    }
    if (found == request->count) {
        *names = list;
        return 0;
    }
    free(list);
    return refuse_used_up(field, scheme, request->count, found, err);
}
