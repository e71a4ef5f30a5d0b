/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as compact text, byte for byte what json_dumps writes, but several times as fast: it copies
 * runs instead of characters. Thousands of bodies and rows are written in every change of a large
 * catalog. */
#ifndef FLEXHOST_BASE_JSON_TEXT_H
#define FLEXHOST_BASE_JSON_TEXT_H

#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

/* sorted: members by name, so that equal JSON gives equal text; else in their own order. What goes
 * wrong is in text->failed. */
void json_text_add(struct text *text, const json_t *json, bool sorted);
/* The canonical text: sorted. NULL without memory, or without JSON. */
char *json_text(const json_t *json);

#endif
