/* SPDX-License-Identifier: Apache-2.0 */
/* Results as people read them: lists as aligned columns, one thing as headings and values. */
#ifndef FLEXHOST_FACE_TABLE_H
#define FLEXHOST_FACE_TABLE_H

#include "base/text.h"
#include "command/command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct columns {
    const struct column *items; /* NULL: the keys of what is shown */
    size_t count;
};

/* The value of a column: a key, or a JSON pointer if it begins with '/'. NULL when absent. */
const json_t *cell_value(const json_t *object, const char *key);
/* A value as one line of text, not yet escaped: yes and no, lists with commas, "-" for nothing, the
 * date and time for a number whose key ends in "Ms". */
void cell_text(struct text *out, const char *key, const json_t *value);
/* "provisioningState" as "Provisioning state", "FOUND BY" as "Found by"; the caller frees it. */
char *heading_of(const char *key);

/* `rows`: an array of objects or of plain values. */
void table_list(struct text *out, const json_t *rows, struct columns columns, bool color);
void table_object(struct text *out, const json_t *object, struct columns columns, bool color);

#endif
