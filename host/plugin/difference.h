/* SPDX-License-Identifier: Apache-2.0 */
/* Where two JSON values differ. */
#ifndef FLEXHOST_PLUGIN_DIFFERENCE_H
#define FLEXHOST_PLUGIN_DIFFERENCE_H

#include <jansson.h>

/* The JSON pointer of the first place where they differ ("" for the whole), malloced; NULL when
 * they are equal or memory ran out. */
char *json_first_difference(const json_t *a, const json_t *b);

#endif
