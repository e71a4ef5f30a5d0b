/* SPDX-License-Identifier: Apache-2.0 */
/* Client assertions: JSON web tokens signed with a principal's certificate. */
#ifndef AZURE_LOCAL_ASSERTION_H
#define AZURE_LOCAL_ASSERTION_H

#include "world.h"

/* 0, or -1 with a sentence. */
int assertion_check(struct exchange *x, const struct principal *who, const char *assertion,
                    char *why, size_t size);

#endif
