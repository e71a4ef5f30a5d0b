/* SPDX-License-Identifier: Apache-2.0 */
/* The command reference of flexhost(1), in mdoc(7). */
#ifndef FLEXHOST_FACE_MAN_H
#define FLEXHOST_FACE_MAN_H

#include "base/text.h"
#include "face/rows.h"

void man_commands(struct text *out, const struct rows *rows);

#endif
