/* SPDX-License-Identifier: Apache-2.0 */
/* Durations of the calendar as ISO 8601 writes them, "P2Y", "P18M", "P90D": what a rotation policy
 * of a key vault is made of. */
#ifndef FLEXHOST_RULES_ISO_DURATION_H
#define FLEXHOST_RULES_ISO_DURATION_H

#include "base/error.h"

#include <stdint.h>

struct iso_duration {
    int years, months, weeks, days;
};

/* Whole years, months, weeks and days, in this order; times of the day are refused. */
int iso_duration_parse(const char *field, const char *text, struct iso_duration *duration,
                       struct error *err);

/* The fewest days that it can be, whatever the calendar says. */
int64_t iso_duration_days(const struct iso_duration *duration);

/* So much later (sign 1) or earlier (sign -1) in UTC; a day that the month lacks becomes its last.
 */
int64_t iso_duration_move(int64_t ms, const struct iso_duration *duration, int sign);

#endif
