/* SPDX-License-Identifier: Apache-2.0 */
/* Durations of the calendar. */
#include "rules/iso_duration.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { LONGEST_YEARS = 100, MOST = 36525 /* days of a century */, DAY_MS = 24 * 3600 * 1000 };

static int malformed(const char *field, const char *text, struct error *err)
{
    return error_set(err, ERROR_USAGE, field,
                     "%s: \"%s\" is no ISO 8601 duration: write P, then whole numbers of years, "
                     "months, weeks or days, as in P90D, P18M or P2Y",
                     field, text);
}

/* The digits at *at; -1 when there are none, MOST + 1 when there are too many. */
static int read_number(const char **at)
{
    int number = **at >= '0' && **at <= '9' ? 0 : -1;
    for (; **at >= '0' && **at <= '9'; ++*at)
        number = number > MOST ? MOST + 1 : number * 10 + (**at - '0');
    return number;
}

int iso_duration_parse(const char *field, const char *text, struct iso_duration *duration,
                       struct error *err)
{
    static const char units[] = "YMWD";
    int *const parts[] = {&duration->years, &duration->months, &duration->weeks, &duration->days};
    const char *at = text, *unit = units;
    memset(duration, 0, sizeof *duration);
    if (*at++ != 'P' || !*at)
        return malformed(field, text, err);
    while (*at) {
        if (*at == 'T')
            return error_set(err, ERROR_USAGE, field,
                             "%s: \"%s\" has hours, minutes or seconds: a key rotates by the day, "
                             "as in P90D",
                             field, text);
        int number = read_number(&at);
        const char *found = number >= 0 && *at ? strchr(unit, *at) : NULL;
        if (!found)
            return malformed(field, text, err);
        *parts[found - units] = number;
        unit = found + 1;
        at++;
    }
    if (iso_duration_days(duration) > MOST)
        return error_set(err, ERROR_USAGE, field, "%s: \"%s\" is longer than %d years: shorten it",
                         field, text, LONGEST_YEARS);
    return 0;
}

int64_t iso_duration_days(const struct iso_duration *duration)
{
    return INT64_C(365) * duration->years + INT64_C(28) * duration->months +
           INT64_C(7) * duration->weeks + duration->days;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month] + (month == 1 && leap);
}

int64_t iso_duration_move(int64_t ms, const struct iso_duration *duration, int sign)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    int months =
        12 * parts.tm_year + parts.tm_mon + sign * (12 * duration->years + duration->months);
    parts.tm_year = months / 12;
    parts.tm_mon = months % 12;
    int last = days_of(parts.tm_year + 1900, parts.tm_mon);
    if (parts.tm_mday > last)
        parts.tm_mday = last;
    int64_t moved = (int64_t)timegm(&parts) * 1000 + ms % 1000;
    return moved + sign * (INT64_C(7) * duration->weeks + duration->days) * DAY_MS;
}
