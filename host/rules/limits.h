/* SPDX-License-Identifier: Apache-2.0 */
/* How much there may be of each thing, checked before anything is created. */
#ifndef FLEXHOST_RULES_LIMITS_H
#define FLEXHOST_RULES_LIMITS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum limit {
    LIMIT_MACHINES,         /* in a subscription */
    LIMIT_CATALOGS,         /* in the installation */
    LIMIT_LOCATIONS,        /* in the installation */
    LIMIT_DOMAINS,          /* in the installation */
    LIMIT_LOCATION_DOMAINS, /* in a resource location; held by rules/locations.h: one more opens
                               another location */
    LIMIT_LOCATION_SINGLE,  /* single-session users in a resource location */
    LIMIT_LOCATION_MULTI,   /* multi-session users in a resource location */
    LIMIT_COUNT
};

struct limits {
    int64_t most[LIMIT_COUNT];
    const char *source[LIMIT_COUNT]; /* "flexhost.ini:12"; NULL: the default */
};

enum limit_verdict {
    LIMIT_OK,
    LIMIT_NEAR, /* allowed, but from 90 % on the operator is told */
    LIMIT_EXCEEDED
};

void limits_default(struct limits *limits);
/* The INI key of a limit ("machines-per-subscription"), and what it counts. */
const char *limit_key(enum limit limit);
const char *limit_counts(enum limit limit);
/* LIMIT_COUNT if no limit has this key. */
enum limit limit_find(const char *key);

/* What there is, without asking for more: LIMIT_EXCEEDED when a limit was lowered below it. */
enum limit_verdict limit_state(const struct limits *limits, enum limit limit, int64_t current);
/* Of the limit, rounded down: 99 % is not full. */
int64_t limit_percent(const struct limits *limits, enum limit limit, int64_t current);

/* LIMIT_EXCEEDED sets err, LIMIT_NEAR sets err->message alone (the code stays
 * ERROR_NONE): the sentence names the limit,
 * the current count, what was asked and what would fit. `where` says of what the limit is
 * ("subscription main"), NULL for the installation. */
enum limit_verdict limit_check(const struct limits *limits, enum limit limit, const char *where,
                               int64_t current, int64_t asked, struct error *err);

#endif
