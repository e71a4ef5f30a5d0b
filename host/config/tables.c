/* SPDX-License-Identifier: Apache-2.0 */
/* [region], [size], [persona], [limits] and [onpremises]: tables that rules work with. */
#include "config/sections.h"

#include <string.h>

static const char *const no_zones[] = {NULL};

struct region_fields {
    struct region region;
    struct config_list zones;
};

#define REGION(member) offsetof(struct region_fields, member)

static const struct schema_key region_keys[] = {
    {"display-name", VALUE_STRING, REGION(region.display), KEY_REQUIRED, .min = 1, .max = 60,
     .example = "West US 3"},
    {"geography", VALUE_STRING, REGION(region.geography), KEY_REQUIRED, .min = 1, .max = 60,
     .example = "North America (US)"},
    {"zones", VALUE_ENUM, REGION(zones), KEY_LIST, .values = "1|2|3|4|none"},
};

static const struct schema region_schema = {region_keys, sizeof region_keys / sizeof *region_keys,
                                            false};

/* "none" is how a table says that there are no zones, rather than forgetting them. */
static void take_zones(const struct config_list *zones, const char *const **items, size_t *count)
{
    bool none = zones->count == 0 || strcmp(zones->items[0], "none") == 0;
    *items = none ? no_zones : zones->items;
    *count = none ? 0 : zones->count;
}

static bool is_region_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
    return length >= 3 && length <= 40 && !name[length];
}

void sections_read_regions(struct loading *loading, const struct section_row *row)
{
    size_t count = 0;
    const struct ini_section **sections = sections_of(loading, row, "region", &count);
    struct region *regions = sections_alloc(loading, count, sizeof *regions);
    for (size_t i = 0; regions && i < count; i++) {
        struct region_fields fields = {.region.name = sections[i]->name};
        if (!is_region_name(sections[i]->name))
            ini_problem(loading->problems, loading->arena, sections[i], NULL,
                        "a region is called by Azure's name, lower-case letters and digits: write "
                        "[region \"westus3\"]");
        schema_fill(loading, sections[i], &region_schema, &fields);
        take_zones(&fields.zones, &fields.region.zones, &fields.region.zone_count);
        regions[i] = fields.region;
    }
    loading->config->regions = (struct region_table){regions, regions ? count : 0};
}

struct size_fields {
    struct machine_size size;
    struct config_list generations;
    struct config_list zones;
};

#define SIZE(member) offsetof(struct size_fields, member)

static const struct schema_key size_keys[] = {
    {"vcpus", VALUE_INT, SIZE(size.vcpus), KEY_REQUIRED, .min = 1, .max = 2000, .example = "4"},
    {"memory-gib", VALUE_INT, SIZE(size.memory_gib), KEY_REQUIRED, .min = 1, .max = 100000,
     .example = "16"},
    {"generations", VALUE_ENUM, SIZE(generations), KEY_LIST, .values = "1|2", .fallback = "2"},
    {"zones", VALUE_ENUM, SIZE(zones), KEY_LIST, .values = "1|2|3|4|none"},
    {"accelerated-networking", VALUE_BOOL, SIZE(size.accelerated_networking), .fallback = "no"},
    {"premium-storage", VALUE_BOOL, SIZE(size.premium_storage), .fallback = "yes"},
};

static const struct schema size_schema = {size_keys, sizeof size_keys / sizeof *size_keys, false};

void sections_read_sizes(struct loading *loading, const struct section_row *row)
{
    size_t count = 0;
    const struct ini_section **sections = sections_of(loading, row, "size", &count);
    struct machine_size *sizes = sections_alloc(loading, count, sizeof *sizes);
    for (size_t i = 0; sizes && i < count; i++) {
        struct size_fields fields = {.size.name = sections[i]->name};
        schema_fill(loading, sections[i], &size_schema, &fields);
        take_zones(&fields.zones, &fields.size.zones, &fields.size.zone_count);
        for (size_t k = 0; k < fields.generations.count; k++) {
            bool first = strcmp(fields.generations.items[k], "1") == 0;
            fields.size.generation_1 |= first;
            fields.size.generation_2 |= !first;
        }
        sizes[i] = fields.size;
    }
    loading->config->sizes = (struct size_table){sizes, sizes ? count : 0};
}

struct persona_fields {
    struct persona persona;
    const char *sessions;
    struct config_list backup_sizes;
};

#define PERSONA(member) offsetof(struct persona_fields, member)

static const struct schema_key persona_keys[] = {
    {"display-name", VALUE_STRING, PERSONA(persona.display), KEY_REQUIRED, .min = 1, .max = 60,
     .example = "Knowledge worker"},
    {"description", VALUE_STRING, PERSONA(persona.description), .max = 200},
    {"sessions", VALUE_ENUM, PERSONA(sessions), KEY_REQUIRED, .values = "single|multi",
     .example = "single"},
    {"size", VALUE_STRING, PERSONA(persona.size), KEY_REQUIRED, .min = 1, .max = 64,
     .example = "Standard_D4s_v5"},
    {"backup-sizes", VALUE_STRING, PERSONA(backup_sizes), KEY_LIST, .min = 1, .max = 64},
    {"os-disk-gib", VALUE_INT, PERSONA(persona.os_disk_gib), .max = 4095},
    {"os-disk-sku", VALUE_ENUM, PERSONA(persona.os_disk_sku),
     .values = "Standard_LRS|StandardSSD_LRS|StandardSSD_ZRS|Premium_LRS|Premium_ZRS",
     .fallback = "StandardSSD_LRS"},
    {"users-per-machine", VALUE_INT, PERSONA(persona.users_per_machine), .min = 1, .max = 1000,
     .fallback = "1"},
};

static const struct schema persona_schema = {persona_keys,
                                             sizeof persona_keys / sizeof *persona_keys, false};

/* Held against the table of sizes here, so that a typing error is not found by Azure. */
static void check_size(struct loading *loading, const struct ini_section *section, const char *key,
                       const char *size)
{
    struct error err = ERROR_INIT;
    if (!size || size_require(&loading->config->sizes, NULL, size, &err))
        return;
    const struct ini_entry *entry = ini_find(section, key);
    ini_problem(loading->problems, loading->arena, section, entry, "%s", error_text(&err));
    error_clear(&err);
}

static void read_persona(struct loading *loading, const struct ini_section *section,
                         struct persona *persona)
{
    struct persona_fields fields = {.persona.name = section->name};
    schema_fill(loading, section, &persona_schema, &fields);
    check_size(loading, section, "size", fields.persona.size);
    for (size_t i = 0; i < fields.backup_sizes.count; i++)
        check_size(loading, section, "backup-sizes", fields.backup_sizes.items[i]);
    fields.persona.backup_sizes = fields.backup_sizes.items;
    fields.persona.backup_size_count = fields.backup_sizes.count;
    bool multi = fields.sessions && strcmp(fields.sessions, "multi") == 0;
    fields.persona.sessions = multi ? SESSIONS_MULTI : SESSIONS_SINGLE;
    if (!multi && fields.persona.users_per_machine > 1)
        ini_problem(loading->problems, loading->arena, section,
                    ini_find(section, "users-per-machine"),
                    "a single-session machine takes 1 user: remove the line, or write sessions = "
                    "multi");
    *persona = fields.persona;
}

void sections_read_personas(struct loading *loading, const struct section_row *row)
{
    size_t count = 0;
    const struct ini_section **sections = sections_of(loading, row, "persona", &count);
    struct persona *personas = sections_alloc(loading, count, sizeof *personas);
    for (size_t i = 0; personas && i < count; i++)
        read_persona(loading, sections[i], &personas[i]);
    loading->config->personas = (struct persona_table){personas, personas ? count : 0};
}

void sections_read_limits(struct loading *loading, const struct section_row *row)
{
    struct schema_key keys[LIMIT_COUNT];
    struct limits *limits = &loading->config->limits;
    limits_default(limits);
    for (int i = 0; i < LIMIT_COUNT; i++)
        keys[i] = (struct schema_key){.key = limit_key((enum limit)i),
                                      .type = VALUE_INT,
                                      .offset = offsetof(struct limits, most) +
                                                (size_t)i * sizeof limits->most[0],
                                      .min = 1,
                                      .max = 10000000};
    struct schema schema = {keys, LIMIT_COUNT, false};
    size_t count = 0;
    const struct ini_section **sections = sections_of(loading, row, "limits", &count);
    if (!count)
        return;
    schema_fill(loading, sections[0], &schema, limits);
    for (int i = 0; i < LIMIT_COUNT; i++) {
        const struct ini_entry *entry = ini_find(sections[0], keys[i].key);
        if (entry)
            limits->source[i] =
                arena_printf(loading->arena, "%s:%d", sections[0]->file, entry->line);
    }
}

struct on_premises_fields {
    struct config_list ranges;
};

static const struct schema_key on_premises_keys[] = {
    {"range", VALUE_CIDR, offsetof(struct on_premises_fields, ranges), KEY_LIST | KEY_REQUIRED,
     .example = "10.8.0.0/16"},
};

static const struct schema on_premises_schema = {on_premises_keys, 1, false};

void sections_read_on_premises(struct loading *loading, const struct section_row *row)
{
    size_t count = 0, total = 0;
    const struct ini_section **sections = sections_of(loading, row, "onpremises", &count);
    struct on_premises_fields *fields = sections_alloc(loading, count, sizeof *fields);
    for (size_t i = 0; fields && i < count; i++) {
        schema_fill(loading, sections[i], &on_premises_schema, &fields[i]);
        total += fields[i].ranges.count;
    }
    struct address_claim *claims = sections_alloc(loading, total, sizeof *claims);
    size_t filled = 0;
    for (size_t i = 0; claims && i < count; i++) {
        const char *owner = arena_printf(
            loading->arena, "on-premises %s%s%s:%d", sections[i]->name ? sections[i]->name : "",
            sections[i]->name ? ", " : "in ", sections[i]->file, sections[i]->line);
        for (size_t k = 0; k < fields[i].ranges.count; k++) {
            claims[filled].owner = owner ? owner : "on-premises";
            if (cidr_parse(NULL, fields[i].ranges.items[k], &claims[filled].range, NULL) == 0)
                filled++;
        }
    }
    loading->config->on_premises = claims;
    loading->config->on_premises_count = filled;
}
