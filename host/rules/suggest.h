/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the known word nearest to a mistyped one. */
#ifndef FLEXHOST_RULES_SUGGEST_H
#define FLEXHOST_RULES_SUGGEST_H

#include <stddef.h>

/* Restricted Damerau-Levenshtein distance (insert, delete, replace, swap neighbours), case
 * ignored. Words longer than 63 characters are cut there. */
unsigned suggest_distance(const char *a, const char *b);

/* The nearest of the words, NULL when none is near enough to be meant. */
const char *suggest_word(const char *mistyped, const char *const *words, size_t count);

/* The same over a table of any shape: call it for each word, then read `best`. */
struct suggestion {
    const char *mistyped;
    const char *best;
    unsigned distance;
};
void suggestion_offer(struct suggestion *suggestion, const char *word);

#endif
