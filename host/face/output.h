/* SPDX-License-Identifier: Apache-2.0 */
/* Data goes to standard output, in the form that was asked for. */
#ifndef FLEXHOST_FACE_OUTPUT_H
#define FLEXHOST_FACE_OUTPUT_H

#include "base/error.h"
#include "base/text.h"
#include "face/globals.h"
#include "face/table.h"

#include <jansson.h>

void output_render(struct text *out, const json_t *result, struct columns columns,
                   enum output_format format, bool color);
/* JSON with two blanks an indent, keys in the order in which they were put, and no character that
 * could drive a terminal. */
void output_json(struct text *out, const json_t *value, bool compact);

/* A reader that went away (EPIPE) is no error; a full disk is. */
int output_write(const struct text *text, struct error *err);
/* What is still in stdout's buffer has to arrive too. */
int output_finish(struct error *err);

#endif
