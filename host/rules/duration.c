/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as people write them. */
#include "rules/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *unit;
    int64_t milliseconds;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

enum {
    UNITS = sizeof units / sizeof *units,
    LONGEST_DAYS = 3660 /* ten years: no timeout is meant to be longer */
};

int duration_parse(const char *field, const char *text, int64_t *milliseconds, struct error *err)
{
    const int64_t longest = LONGEST_DAYS * units[0].milliseconds;
    int64_t number = 0;
    const char *digit = text;
    while (*digit >= '0' && *digit <= '9' && number <= longest)
        number = number * 10 + (*digit++ - '0');
    for (int i = 0; i < UNITS && digit > text; i++) {
        if (strcmp(digit, units[i].unit) != 0)
            continue;
        if (number > longest / units[i].milliseconds)
            return error_set(err, ERROR_USAGE, field, "%s is longer than %d days", text,
                             LONGEST_DAYS);
        *milliseconds = number * units[i].milliseconds;
        return 0;
    }
    return error_set(err, ERROR_USAGE, field,
                     "\"%s\" is not a duration: write a whole number and one of ms, s, m, h, d, as "
                     "in 30s or 5m",
                     text);
}

void duration_format(int64_t milliseconds, char text[DURATION_TEXT])
{
    int unit = 0;
    while (unit < UNITS - 1 && (milliseconds == 0 || milliseconds % units[unit].milliseconds))
        unit++;
    if (milliseconds == 0)
        unit = 3;
    snprintf(text, DURATION_TEXT, "%" PRId64 "%s", milliseconds / units[unit].milliseconds,
             units[unit].unit);
}
