/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the configuration: the main file, then the tables, then every section. */
#include "config/config.h"

#include "base/file.h"
#include "config/builtin.h"
#include "config/sections.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { LARGEST_FILE = 256 * 1024 };

static void parse(struct loading *loading, const char *file, const char *text, size_t length,
                  const char *only, struct section_row *row)
{
    struct ini_file parsed;
    if (ini_parse_text(file, text, length, loading->arena, &parsed, loading->problems) < 0)
        loading->failed = true;
    sections_add(loading, &parsed, only, row);
}

/* A table: the file that [host] names, or the built-in one. */
static void parse_table(struct loading *loading, const char *kind, const char *path,
                        const char *builtin, struct section_row *row)
{
    struct error err = ERROR_INIT;
    char *text;
    size_t length;
    if (!path) {
        const char *file = arena_printf(loading->arena, "(built in) %ss.ini", kind);
        parse(loading, file ? file : kind, builtin, strlen(builtin), kind, row);
        return;
    }
    if (file_read(path, LARGEST_FILE, &text, &length, &err) < 0) {
        ini_problem_at(loading->problems, loading->arena, path, 0, "%s", error_text(&err));
        error_clear(&err);
        return;
    }
    parse(loading, path, text, length, kind, row);
    free(text);
}

/* Tables come before the main file's own sections, which win over theirs. */
static void read_all(struct loading *loading, const char *name, const char *text, size_t length)
{
    struct ini_file main_file;
    struct section_row row = {0}, own = {0};
    const struct config_host *host = &loading->config->host;
    if (ini_parse_text(name, text, length, loading->arena, &main_file, loading->problems) < 0)
        loading->failed = true;
    sections_add(loading, &main_file, NULL, &own);
    sections_read_host(loading, &own);
    parse_table(loading, "region", host->regions_file, builtin_regions, &row);
    parse_table(loading, "size", host->sizes_file, builtin_sizes, &row);
    parse_table(loading, "persona", host->personas_file, builtin_personas, &row);
    parse_table(loading, "image", host->images_file, builtin_images, &row);
    sections_join(loading, &own, &row);
    sections_read_regions(loading, &row);
    sections_read_sizes(loading, &row);
    sections_read_personas(loading, &row);
    sections_read_azure(loading, &row);
    sections_read_limits(loading, &row);
    sections_read_on_premises(loading, &row);
    sections_read_credentials(loading, &row);
    sections_read_subscriptions(loading, &row);
    sections_read_plugins(loading, &row);
    sections_read_images(loading, &row);
}

static int report(struct config *config, struct error *err)
{
    const struct ini_problems *problems = &config->problems;
    if (problems->count == 0)
        return 0;
    const char *first = ini_problem_text(&problems->items[0], &config->arena);
    if (!first)
        return error_no_memory(err);
    if (problems->count == 1)
        return error_set(err, ERROR_USAGE, NULL, "%s", first);
    return error_set(err, ERROR_USAGE, NULL,
                     "%s (the first of %zu problems: flexhost config check lists them)", first,
                     problems->count);
}

static int load(const char *path, const char *name, const char *text, size_t length,
                struct config **loaded, struct error *err)
{
    *loaded = NULL;
    struct config *config = calloc(1, sizeof *config);
    if (!config)
        return error_no_memory(err);
    struct loading loading = {
        .config = config, .arena = &config->arena, .problems = &config->problems, .folder = ""};
    const char *kept = arena_copy(&config->arena, name);
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (path)
        config->path = kept;
    if (slash) /* "/flexhost.ini" stands in "/", and paths are joined with a slash */
        loading.folder =
            slash == path ? "/." : arena_printf(&config->arena, "%.*s", (int)(slash - path), path);
    loading.failed = !kept || !loading.folder;
    if (!loading.failed)
        read_all(&loading, kept, text, length);
    if (loading.failed || config->problems.failed) {
        config_free(config);
        return error_no_memory(err);
    }
    ini_problems_sort(&config->problems, kept);
    *loaded = config;
    return report(config, err);
}

int config_load_text(const char *name, const char *text, size_t length, struct config **config,
                     struct error *err)
{
    return load(NULL, name, text, length, config, err);
}

/* The file says which plugins are loaded: who can write to it runs code as the operator. */
static int check_guarded(const char *path, struct error *err)
{
    struct stat info;
    if (stat(path, &info) < 0 || !(info.st_mode & S_IWOTH))
        return 0; /* a file that is not there is named by the one who reads it */
    return error_set(err, ERROR_USAGE, NULL,
                     "everybody can write to %s (mode %04o), which says what plugins are loaded: "
                     "run chmod o-w %s",
                     path, (unsigned)(info.st_mode & 07777), path);
}

int config_load(const char *path, struct config **config, struct error *err)
{
    char *text;
    size_t length;
    *config = NULL;
    if (check_guarded(path, err) < 0)
        return -1;
    if (file_read(path, LARGEST_FILE, &text, &length, err) < 0)
        return -1;
    int result = load(path, path, text, length, config, err);
    free(text);
    return result;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    struct arena arena = config->arena;
    free(config);
    arena_free(&arena);
}

const struct credential_config *config_credential(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->credential_count; i++)
        if (strcasecmp(config->credentials[i].name, name) == 0)
            return &config->credentials[i];
    return NULL;
}

const struct subscription_config *config_subscription(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->subscription_count; i++)
        if (strcasecmp(config->subscriptions[i].name, name) == 0)
            return &config->subscriptions[i];
    return NULL;
}

const struct plugin_config *config_plugin(const struct config *config, const char *kind,
                                          const char *name)
{
    for (size_t i = 0; i < config->plugin_count; i++)
        if (strcmp(config->plugins[i].kind, kind) == 0 &&
            strcmp(config->plugins[i].name, name) == 0)
            return &config->plugins[i];
    return NULL;
}

const struct ini_section *config_image(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->image_count; i++)
        if (strcasecmp(config->images[i]->name, name) == 0)
            return config->images[i];
    return NULL;
}
