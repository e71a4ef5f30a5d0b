/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as compact text. */
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
