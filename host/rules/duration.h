/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as people write them: "250ms", "30s", "5m", "2h", "1d". */
#ifndef FLEXHOST_RULES_DURATION_H
#define FLEXHOST_RULES_DURATION_H

#include "base/error.h"

#include <stdint.h>

enum { DURATION_TEXT = 24 };

int duration_parse(const char *field, const char *text, int64_t *milliseconds, struct error *err);
/* In the largest unit that divides it: 120000 is "2m", 90000 is "90s". */
void duration_format(int64_t milliseconds, char text[DURATION_TEXT]);

#endif
