/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON objects as every handler does. */
#include "command/text_at.h"

const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}
