/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON objects as every handler does. */
#ifndef FLEXHOST_COMMAND_TEXT_AT_H
#define FLEXHOST_COMMAND_TEXT_AT_H

#include <jansson.h>

/* The text of a member; NULL when it is missing or no text. */
const char *text_at(const json_t *object, const char *key);

#endif
