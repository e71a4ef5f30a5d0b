/* SPDX-License-Identifier: Apache-2.0 */
/* Text as it goes to a terminal: escaped so that outside text cannot drive it, measured in columns.
 */
#ifndef FLEXHOST_FACE_SCREEN_H
#define FLEXHOST_FACE_SCREEN_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes the C library read text as UTF-8, whatever the locale is. Once, at start. */
void screen_init(void);

/* Control characters, marks that turn the direction of writing and broken UTF-8 appear as \xNN or
 * \uNNNN. keep_newlines: a newline stays, and the lines after the first are indented. */
void screen_escape(struct text *out, const char *text, bool keep_newlines);

/* Columns that escaped text takes. */
size_t screen_columns(const char *escaped);
/* Appends at most `columns` of escaped text; what is cut ends in "..". */
void screen_cut(struct text *out, const char *escaped, size_t columns);
/* Breaks lines at spaces; the lines after the first begin with `indent` blanks, and so does the
 * first one unless the output already stands there. */
void screen_wrap(struct text *out, const char *escaped, size_t indent, size_t columns);
void screen_blanks(struct text *out, size_t count);

/* Of the terminal behind the descriptor; 80 when it has none. */
size_t screen_width(int descriptor);
/* Whether colour is welcome there: a terminal, and neither NO_COLOR nor TERM=dumb. */
bool screen_has_color(int descriptor);

#endif
