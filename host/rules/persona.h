/* SPDX-License-Identifier: Apache-2.0 */
/* Personas: what a kind of user needs, as personas.ini says; and machine sizes, as sizes.ini. */
#ifndef FLEXHOST_RULES_PERSONA_H
#define FLEXHOST_RULES_PERSONA_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sessions { SESSIONS_SINGLE, SESSIONS_MULTI };

struct persona {
    const char *name;        /* "knowledge-worker" */
    const char *display;     /* "Knowledge worker" */
    const char *description; /* NULL if none is given */
    enum sessions sessions;
    const char *size;                /* Azure's name of the machine size */
    const char *const *backup_sizes; /* tried in this order when there is no capacity */
    size_t backup_size_count;
    int64_t os_disk_gib; /* 0: as large as the image */
    const char *os_disk_sku;
    int64_t users_per_machine; /* 1 for single-session */
};

struct machine_size {
    const char *name; /* "Standard_D4s_v5" */
    int64_t vcpus;
    int64_t memory_gib;
    bool generation_1;
    bool generation_2;
    bool accelerated_networking;
    bool premium_storage;
    const char *const *zones; /* of those of the region */
    size_t zone_count;
};

struct persona_table {
    const struct persona *personas;
    size_t count;
};

struct size_table {
    const struct machine_size *sizes;
    size_t count;
};

/* Case does not matter, by name or display name; NULL if unknown. */
const struct persona *persona_find(const struct persona_table *table, const char *name);
const struct persona *persona_require(const struct persona_table *table, const char *field,
                                      const char *name, struct error *err);
const struct machine_size *size_find(const struct size_table *table, const char *name);
const struct machine_size *size_require(const struct size_table *table, const char *field,
                                        const char *name, struct error *err);
/* Machines for this many users, the last one perhaps not full. */
int64_t persona_machines(const struct persona *persona, int64_t users);

#endif
