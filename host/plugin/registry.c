/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins that the INI names and those that lie in the plugin folders. Nothing is loaded before
 * it is asked for. */
#include "plugin/registry.h"

#include "base/arena.h"
#include "plugin/load.h"
#include "plugin/options.h"
#include "rules/suggest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct slot {
    struct plugin plugin;
    const struct ini_section *section; /* NULL: only a file in a folder */
    bool settled;                      /* loaded or refused */
};

struct registry {
    struct arena arena;
    const struct config *config;
    struct slot *slots;
    size_t count;
};

static int by_kind_and_name(const void *a, const void *b)
{
    const struct plugin *x = &((const struct slot *)a)->plugin;
    const struct plugin *y = &((const struct slot *)b)->plugin;
    int order = strcmp(x->kind, y->kind);
    return order ? order : strcmp(x->name, y->name);
}

static struct slot *find_slot(const struct registry *registry, const char *kind, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->slots[i].plugin.kind, kind) == 0 &&
            strcmp(registry->slots[i].plugin.name, name) == 0)
            return &registry->slots[i];
    return NULL;
}

static struct slot *add_slot(struct registry *registry, const char *kind, const char *name)
{
    struct slot *grown = realloc(registry->slots, (registry->count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    registry->slots = grown;
    struct slot *slot = &grown[registry->count];
    memset(slot, 0, sizeof *slot);
    slot->plugin.kind = arena_copy(&registry->arena, kind);
    slot->plugin.name = arena_copy(&registry->arena, name);
    if (!slot->plugin.kind || !slot->plugin.name)
        return NULL;
    registry->count++;
    return slot;
}

/* The file that serves KIND/NAME: the first folder that has it wins. NULL: none has. */
static const char *search_folders(struct registry *registry, const char *kind, const char *name)
{
    const struct config_list *folders = &registry->config->host.plugin_folders;
    for (size_t i = 0; i < folders->count; i++) {
        char *path = arena_printf(&registry->arena, "%s/%s-%s.so", folders->items[i], kind, name);
        if (path && access(path, F_OK) == 0)
            return path;
    }
    return NULL;
}

static int add_configured(struct registry *registry, struct error *err)
{
    for (size_t i = 0; i < registry->config->plugin_count; i++) {
        const struct plugin_config *own = &registry->config->plugins[i];
        struct slot *slot = add_slot(registry, own->kind, own->name);
        if (!slot)
            return error_no_memory(err);
        slot->section = own->section;
        slot->plugin.enabled = own->enabled;
        slot->plugin.ini_file = own->section ? own->section->file : NULL;
        slot->plugin.ini_line = own->section ? own->section->line : 0;
        slot->plugin.file = own->file ? own->file : search_folders(registry, own->kind, own->name);
    }
    return 0;
}

/* "connection-none.so" into its two words; false for a file that is no plugin by its name. */
static bool split_file_name(const char *file, char kind[64], char name[64])
{
    static const char *const kinds[] = {"connection", "image", "action"};
    size_t length = strlen(file);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t prefix = strlen(kinds[i]);
        if (strncmp(file, kinds[i], prefix) != 0 || file[prefix] != '-' || length < prefix + 5 ||
            length - prefix > 60 || strcmp(file + length - 3, ".so") != 0)
            continue;
        snprintf(kind, 64, "%s", kinds[i]);
        snprintf(name, 64, "%.*s", (int)(length - prefix - 4), file + prefix + 1);
        return inspect_is_kebab(name);
    }
    return false;
}

static int add_folder(struct registry *registry, const char *folder, struct error *err)
{
    DIR *listing = opendir(folder);
    if (!listing)
        return error_set(err, ERROR_USAGE, "[host] plugin-folder",
                         "cannot read the plugin folder %s: %s. Correct plugin-folder in the INI "
                         "file, or make the folder",
                         folder, strerror(errno));
    int result = 0;
    for (struct dirent *file; result == 0 && (file = readdir(listing));) {
        char kind[64], name[64];
        if (!split_file_name(file->d_name, kind, name) || find_slot(registry, kind, name))
            continue;
        struct slot *slot = add_slot(registry, kind, name);
        if (!slot)
            result = error_no_memory(err);
        else
            slot->plugin.file = arena_printf(&registry->arena, "%s/%s", folder, file->d_name);
    }
    closedir(listing);
    return result;
}

struct registry *registry_open(const struct config *config, struct error *err)
{
    struct registry *registry = calloc(1, sizeof *registry);
    if (!registry) {
        error_no_memory(err);
        return NULL;
    }
    registry->config = config;
    int failed = add_configured(registry, err) < 0;
    const struct config_list *folders = &config->host.plugin_folders;
    for (size_t i = 0; !failed && i < folders->count; i++)
        failed = add_folder(registry, folders->items[i], err) < 0;
    if (failed) {
        registry_free(registry);
        return NULL;
    }
    if (registry->count)
        qsort(registry->slots, registry->count, sizeof *registry->slots, by_kind_and_name);
    return registry;
}

void registry_free(struct registry *registry)
{
    if (!registry)
        return;
    arena_free(&registry->arena);
    free(registry->slots);
    free(registry);
}

struct refusal {
    struct arena *arena;
    const char *text; /* the first failure */
};

static void note_refusal(void *context, int severity, const char *rule, const char *message,
                         const char *mend)
{
    struct refusal *refusal = context;
    if (severity == FH_FAIL && !refusal->text)
        refusal->text = arena_printf(refusal->arena, "%s%s%s", message,
                                     mend ? ". To mend it: " : "", mend ? mend : "");
}

static void refuse(struct registry *registry, struct plugin *plugin, const char *why)
{
    plugin->refusal = arena_printf(
        &registry->arena, "%s (%s:%d): %s", plugin->file ? plugin->file : "no file",
        plugin->ini_file ? plugin->ini_file : "INI", plugin->ini_line, why ? why : "out of memory");
    if (!plugin->refusal)
        plugin->refusal = "out of memory";
}

static void refuse_missing(struct registry *registry, struct plugin *plugin)
{
    const struct config_list *folders = &registry->config->host.plugin_folders;
    refuse(registry, plugin,
           arena_printf(&registry->arena,
                        "no %s-%s.so is in the plugin folder%s %s%s. To mend it: install the "
                        "plugin there, or write file = PATH in its section",
                        plugin->kind, plugin->name, folders->count > 1 ? "s," : "",
                        folders->count ? folders->items[0] : "(none is set)",
                        folders->count > 1 ? " first" : ""));
}

static bool check_identity(struct registry *registry, struct plugin *plugin)
{
    if (strcmp(plugin->kind, plugin->entry.kind) == 0 &&
        strcmp(plugin->name, plugin->entry.name) == 0)
        return true;
    refuse(registry, plugin,
           arena_printf(&registry->arena,
                        "it should be the plugin %s/%s and says that it is %s/%s. To mend it: "
                        "write [plugin \"%s/%s\"], or another file",
                        plugin->kind, plugin->name, plugin->entry.kind, plugin->entry.name,
                        plugin->entry.kind, plugin->entry.name));
    return false;
}

static void read_options(struct registry *registry, struct slot *slot)
{
    char *refusal = NULL;
    char *options = plugin_options(&slot->plugin.entry, slot->section, &refusal);
    if (options)
        slot->plugin.options = arena_copy(&registry->arena, options);
    if (!slot->plugin.options)
        refuse(registry, &slot->plugin, refusal);
    free(options);
    free(refusal);
}

static void settle(struct registry *registry, struct slot *slot)
{
    struct plugin *plugin = &slot->plugin;
    if (slot->settled)
        return;
    slot->settled = true;
    if (!plugin->enabled) {
        plugin->refusal =
            arena_printf(&registry->arena,
                         "it is not enabled. To enable it: write [plugin \"%s/%s\"] and enabled = "
                         "yes in the INI file",
                         plugin->kind, plugin->name);
        return;
    }
    if (!plugin->file) {
        refuse_missing(registry, plugin);
        return;
    }
    struct refusal refusal = {.arena = &registry->arena};
    struct inspection inspection = {
        .arena = &registry->arena, .report = note_refusal, .context = &refusal};
    struct fh_plugin *entry = &plugin->entry;
    if (plugin_load(plugin->file, &inspection, entry) < 0) {
        refuse(registry, plugin, refusal.text);
        return;
    }
    snprintf(plugin->built, sizeof plugin->built, "%u.%u", entry->built_major, entry->built_minor);
    snprintf(plugin->needs, sizeof plugin->needs, "%u.%u", entry->needs_major, entry->needs_minor);
    if (check_identity(registry, plugin))
        read_options(registry, slot);
}

size_t registry_count(const struct registry *registry)
{
    return registry->count;
}

const struct plugin *registry_at(const struct registry *registry, size_t index)
{
    if (index >= registry->count)
        return NULL;
    /* Loading is a cache: what callers see is the same before and after. */
    settle((struct registry *)registry, &registry->slots[index]);
    return &registry->slots[index].plugin;
}

static int refuse_unknown(const struct registry *registry, const char *kind, const char *name,
                          struct error *err)
{
    struct suggestion near = {.mistyped = name};
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->slots[i].plugin.kind, kind) == 0)
            suggestion_offer(&near, registry->slots[i].plugin.name);
    return error_set(err, ERROR_USAGE, NULL,
                     "there is no %s plugin \"%s\"%s%s%s: `flexhost plugin list` shows those that "
                     "are there",
                     kind, name, near.best ? ", did you mean \"" : "", near.best ? near.best : "",
                     near.best ? "\"?" : "");
}

const struct plugin *registry_find(const struct registry *registry, const char *kind,
                                   const char *name, struct error *err)
{
    struct slot *slot = find_slot(registry, kind, name);
    if (!slot) {
        refuse_unknown(registry, kind, name, err);
        return NULL;
    }
    settle((struct registry *)registry, slot);
    if (!slot->plugin.refusal)
        return &slot->plugin;
    error_set(err, ERROR_USAGE, NULL, "the plugin %s/%s does not serve: %s", kind, name,
              slot->plugin.refusal);
    return NULL;
}
