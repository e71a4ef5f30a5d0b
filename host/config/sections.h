/* SPDX-License-Identifier: Apache-2.0 */
/* Which sections there are, and reading each into the configuration. */
#ifndef FLEXHOST_CONFIG_SECTIONS_H
#define FLEXHOST_CONFIG_SECTIONS_H

#include "config/schema.h"

/* Sections of files that were read, all in one row. */
struct section_row {
    const struct ini_section **items;
    size_t count;
    size_t room;
};

/* Adds the sections of a parsed file. Those of an unknown kind, without their name, with one too
 * many, or there twice in this file become problems. `only` is the one kind that a table file may
 * hold, NULL for the main file. */
void sections_add(struct loading *loading, const struct ini_file *file, const char *only,
                  struct section_row *row);

/* Puts sections into the row; they win over those of the same kind and name. */
void sections_join(struct loading *loading, const struct section_row *from,
                   struct section_row *row);

/* Each reads the sections of its kind. Regions come first: other values are held against them. */
void sections_read_host(struct loading *loading, const struct section_row *row);
void sections_read_azure(struct loading *loading, const struct section_row *row);
void sections_read_regions(struct loading *loading, const struct section_row *row);
void sections_read_sizes(struct loading *loading, const struct section_row *row);
void sections_read_personas(struct loading *loading, const struct section_row *row);
void sections_read_limits(struct loading *loading, const struct section_row *row);
void sections_read_on_premises(struct loading *loading, const struct section_row *row);
void sections_read_credentials(struct loading *loading, const struct section_row *row);
void sections_read_subscriptions(struct loading *loading, const struct section_row *row);
void sections_read_plugins(struct loading *loading, const struct section_row *row);
void sections_read_images(struct loading *loading, const struct section_row *row);

/* For the above: the sections of a kind (an array in the arena), and zeroed memory for `count`
 * structs; NULL without memory or when there are none. */
const struct ini_section **sections_of(struct loading *loading, const struct section_row *row,
                                       const char *kind, size_t *count);
void *sections_alloc(struct loading *loading, size_t count, size_t size);
const char *sections_source(struct loading *loading, const struct ini_section *section);

#endif
