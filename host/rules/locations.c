/* SPDX-License-Identifier: Apache-2.0 */
/* Resource locations. */
#include "rules/locations.h"

#include <string.h>
#include <strings.h>

static bool has_domain(const struct location *location, const char *domain)
{
    for (size_t i = 0; i < location->domain_count; i++)
        if (strcasecmp(location->domains[i], domain) == 0)
            return true;
    return false;
}

static bool has_room(const struct location_table *table, const struct location *location)
{
    return location->domain_count > 0 && (int64_t)location->domain_count < table->most_domains;
}

struct location *location_find(const struct location_table *table,
                               const struct location_share *share)
{
    struct location *roomy = NULL;
    for (size_t i = 0; i < table->count; i++) {
        struct location *location = &table->locations[i];
        if (strcasecmp(location->connection, share->connection) != 0)
            continue;
        if (share->domain ? has_domain(location, share->domain) : location->domain_count == 0)
            return location;
        if (share->domain && !roomy && has_room(table, location))
            roomy = location;
    }
    return roomy;
}

static int grow(struct location_table *table)
{
    if (table->count < table->room)
        return 0;
    size_t room = table->room ? table->room * 2 : 16;
    struct location *locations = arena_alloc(table->arena, room * sizeof *locations);
    if (!locations)
        return -1;
    if (table->count)
        memcpy(locations, table->locations, table->count * sizeof *locations);
    table->locations = locations;
    table->room = room;
    return 0;
}

static struct location *open_location(struct location_table *table,
                                      const struct location_share *share)
{
    if (grow(table) < 0)
        return NULL;
    struct location *location = &table->locations[table->count];
    location->connection = arena_copy(table->arena, share->connection);
    location->subscription =
        arena_copy(table->arena, share->subscription ? share->subscription : "");
    if (!location->connection || !location->subscription)
        return NULL;
    table->count++;
    return location;
}

/* A location has few domains: the list is copied for each. */
static int add_domain(struct location_table *table, struct location *location, const char *domain)
{
    if (!domain || has_domain(location, domain))
        return 0;
    const char **domains =
        arena_alloc(table->arena, (location->domain_count + 1) * sizeof *domains);
    char *copy = arena_copy(table->arena, domain);
    if (!domains || !copy)
        return -1;
    if (location->domain_count)
        memcpy(domains, location->domains, location->domain_count * sizeof *domains);
    domains[location->domain_count++] = copy;
    location->domains = domains;
    return 0;
}

struct location *location_add(struct location_table *table, const struct location_share *share)
{
    struct location *location = location_find(table, share);
    if (!location)
        location = open_location(table, share);
    if (!location || add_domain(table, location, share->domain) < 0)
        return NULL;
    *(share->multi_session ? &location->multi_users : &location->single_users) += share->users;
    return location;
}

const char *location_title(const struct location *location, struct arena *arena)
{
    const char *title = arena_printf(arena, "connection %s", location->connection);
    for (size_t i = 0; title && i < location->domain_count; i++)
        title =
            arena_printf(arena, "%s%s %s", title, i ? "," : " and domain", location->domains[i]);
    return title;
}
