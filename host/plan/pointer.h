/* SPDX-License-Identifier: Apache-2.0 */
/* JSON pointers (RFC 6901). */
#ifndef FLEXHOST_PLAN_POINTER_H
#define FLEXHOST_PLAN_POINTER_H

#include <jansson.h>

/* Borrowed; NULL if there is nothing, or null, at that place. "" is the whole. */
json_t *pointer_get(const json_t *json, const char *pointer);

#endif
