/* SPDX-License-Identifier: Apache-2.0 */
/* [plugin] and [image]: sections whose keys a plugin declares. */
#include "config/sections.h"

#include <string.h>

struct plugin_fields {
    bool enabled;
    const char *file;
};

static const struct schema_key plugin_keys[] = {
    {"enabled", VALUE_BOOL, offsetof(struct plugin_fields, enabled), .fallback = "yes"},
    {"file", VALUE_PATH, offsetof(struct plugin_fields, file)},
};

static const struct schema plugin_schema = {plugin_keys, sizeof plugin_keys / sizeof *plugin_keys,
                                            true};

static const char *const plugin_kinds[] = {"connection", "image", "action"};

static bool is_plugin_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length >= 1 && length <= 40 && !name[length] && name[0] != '-';
}

/* Splits KIND/NAME. */
static bool read_title(struct loading *loading, const struct ini_section *section,
                       struct plugin_config *plugin)
{
    const char *slash = strchr(section->name, '/');
    for (size_t i = 0; slash && i < sizeof plugin_kinds / sizeof *plugin_kinds; i++) {
        size_t length = strlen(plugin_kinds[i]);
        if ((size_t)(slash - section->name) != length ||
            strncmp(section->name, plugin_kinds[i], length) != 0 || !is_plugin_name(slash + 1))
            continue;
        plugin->kind = plugin_kinds[i];
        plugin->name = slash + 1;
        return true;
    }
    ini_problem(loading->problems, loading->arena, section, NULL,
                "a plugin is called KIND/NAME, the kind connection, image or action: write as in "
                "[plugin \"connection/vnet-peering\"]");
    return false;
}

void sections_read_plugins(struct loading *loading, const struct section_row *row)
{
    size_t count = 0, filled = 0;
    const struct ini_section **sections = sections_of(loading, row, "plugin", &count);
    struct plugin_config *plugins = sections_alloc(loading, count, sizeof *plugins);
    for (size_t i = 0; plugins && i < count; i++) {
        struct plugin_config *plugin = &plugins[filled];
        struct plugin_fields fields = {0};
        if (!read_title(loading, sections[i], plugin))
            continue;
        schema_fill(loading, sections[i], &plugin_schema, &fields);
        plugin->enabled = fields.enabled;
        plugin->file = fields.file;
        plugin->section = sections[i];
        filled++;
    }
    loading->config->plugins = plugins;
    loading->config->plugin_count = filled;
}

void sections_read_images(struct loading *loading, const struct section_row *row)
{
    loading->config->images = sections_of(loading, row, "image", &loading->config->image_count);
}
