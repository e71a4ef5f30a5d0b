/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers for text that grows. */
#ifndef FLEXHOST_BASE_TEXT_H
#define FLEXHOST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A NUL-terminated text that grows. Zero-initialise; when memory runs out `failed` stays set and
 * text is as it was. */
struct text {
    char *data; /* NULL while empty */
    size_t length;
    size_t room;
    bool failed;
    bool secret; /* set before the first byte: wiped when it moves and when it is freed */
};

/* What is added must not be part of the text itself. */
void text_append(struct text *text, const char *data, size_t length);
void text_add(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *text_get(const struct text *text); /* never NULL */
/* Hands the memory to the caller ("" if empty); NULL when memory ran out. */
char *text_take(struct text *text);
void text_free(struct text *text);

/* asprintf that returns the text, or NULL without memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy in small letters (ASCII), or NULL without memory. */
char *text_lower(const char *string);

#endif
