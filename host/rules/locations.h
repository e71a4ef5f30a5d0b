/* SPDX-License-Identifier: Apache-2.0 */
/* Resource locations: which catalogs share one, and how many users each has. */
#ifndef FLEXHOST_RULES_LOCATIONS_H
#define FLEXHOST_RULES_LOCATIONS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a catalog brings to its location. */
struct location_share {
    const char *connection; /* has one region and one subscription */
    const char *domain;     /* NULL: not joined to any */
    const char *subscription;
    bool multi_session;
    int64_t users;
};

struct location {
    const char *connection;
    const char *subscription;
    const char **domains; /* none: its machines are not joined */
    size_t domain_count;
    int64_t single_users;
    int64_t multi_users;
};

/* Zero-initialise; texts and all that is made live in the arena. */
struct location_table {
    struct arena *arena;
    int64_t most_domains; /* in one location */
    struct location *locations;
    size_t count;
    size_t room;
};

/* Catalogs of one connection and one domain share a location, and so do those of one connection
 * without a domain. A further domain joins a location of the connection that has room for it.
 * NULL: it would open a new one. */
struct location *location_find(const struct location_table *table,
                               const struct location_share *share);
/* The location that the share is added to; NULL without memory. Shares come in the order in which
 * their catalogs were created, so that one that is added moves no other. */
struct location *location_add(struct location_table *table, const struct location_share *share);
/* "connection corp and domain corp.example"; NULL without memory. */
const char *location_title(const struct location *location, struct arena *arena);

#endif
