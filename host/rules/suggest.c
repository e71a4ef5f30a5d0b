/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the known word nearest to a mistyped one. */
#include "rules/suggest.h"

#include <string.h>
#include <strings.h>

enum { LONGEST = 63 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

unsigned suggest_distance(const char *a, const char *b)
{
    size_t a_length = strnlen(a, LONGEST), b_length = strnlen(b, LONGEST);
    unsigned rows[3][LONGEST + 1]; /* of a's prefixes: two before, the one before, this one */
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);
            row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        unsigned *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_length];
}

void suggestion_offer(struct suggestion *suggestion, const char *word)
{
    unsigned distance = suggest_distance(suggestion->mistyped, word);
    /* A beginning counts as near: "westus" for "westus3", "subscr" for "subscription". */
    size_t typed = strlen(suggestion->mistyped);
    if (typed >= 3 && distance > 1 && strncasecmp(suggestion->mistyped, word, typed) == 0)
        distance = 1;
    size_t longer = typed > strlen(word) ? typed : strlen(word);
    if (distance > longer / 3 + (longer < 3))
        return;
    if (suggestion->best && distance >= suggestion->distance)
        return;
    suggestion->best = word;
    suggestion->distance = distance;
}

const char *suggest_word(const char *mistyped, const char *const *words, size_t count)
{
    struct suggestion suggestion = {.mistyped = mistyped};
    for (size_t i = 0; i < count; i++)
        suggestion_offer(&suggestion, words[i]);
    return suggestion.best;
}
