/* SPDX-License-Identifier: Apache-2.0 */
/* What a dry run shows: the changes in the order in which they would be made. */
#ifndef FLEXHOST_FACE_CHANGES_H
#define FLEXHOST_FACE_CHANGES_H

#include "base/text.h"
#include "face/globals.h"
#include "plan/engine.h"

#include <jansson.h>
#include <stdbool.h>

/* Appends one change to a JSON array; false without memory. Bodies are read only for those who will
 * see them: a catalog may have thousands. */
bool changes_add(json_t *changes, const struct change *change, bool bodies);
/* {"changes": [...], "summary": {"create": 5, ...}}; result (may be NULL) joins as "result". */
json_t *changes_document(json_t *changes, json_t *result);
void changes_render(struct text *out, const json_t *changes, enum output_format format, bool bodies,
                    bool color);

#endif
