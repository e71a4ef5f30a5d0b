/* SPDX-License-Identifier: Apache-2.0 */
/* What the completion script asks for while somebody types: fast, and silent about every error. */
#ifndef FLEXHOST_FACE_COMPLETE_H
#define FLEXHOST_FACE_COMPLETE_H

#include "base/text.h"
#include "command/context.h"

#include <stddef.h>

/* words: "personas", "regions", "credentials", "plugins KIND", "names NOUN", "options KIND NAME". A
 * candidate a line; options in one line, as completion_options() writes them. */
void complete_candidates(struct text *out, struct context *context, const char *const *words,
                         size_t count);

#endif
