/* SPDX-License-Identifier: Apache-2.0 */
/* Every plugin that the INI enables: found, checked, loaded, or refused with its reason. */
#ifndef FLEXHOST_PLUGIN_REGISTRY_H
#define FLEXHOST_PLUGIN_REGISTRY_H

#include "base/error.h"
#include "config/config.h"

#include <flexhost/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/* A plugin as this host sees it: an older or newer plugin's structs are copied into ours, missing
 * members zero. */
struct plugin {
    const char *kind;
    const char *name;
    const char *file;     /* the .so */
    const char *ini_file; /* where it was enabled, for messages */
    int ini_line;
    bool enabled;
    const char *refusal; /* why it does not serve: file, INI line, what was wanted, what is there,
                            the mend; NULL: it serves */
    struct fh_plugin entry;    /* normalised; valid when refusal is NULL */
    char built[16], needs[16]; /* "1.0" */
    const char *options;       /* validated options of the INI section, JSON text */
};

struct registry;

/* Never fails because of a plugin: a broken one is listed with its refusal. Fails on memory or an
 * unreadable plugin folder. */
struct registry *registry_open(const struct config *config, struct error *err);
void registry_free(struct registry *registry); /* never unloads a module */

/* All of them, served and refused, by kind and name. */
size_t registry_count(const struct registry *registry);
const struct plugin *registry_at(const struct registry *registry, size_t index);
/* One that serves; otherwise ERROR_USAGE: unknown (with suggestions), not enabled (with the INI
 * lines to add) or refused (with why). */
const struct plugin *registry_find(const struct registry *registry, const char *kind,
                                   const char *name, struct error *err);

/* `plugin check FILE.so`: every rule, findings printed by the caller. */
typedef void plugin_finding_fn(void *context, int severity, const char *rule, const char *message,
                               const char *mend);
int plugin_check_file(const char *file, plugin_finding_fn *finding, void *context,
                      struct error *err);

#endif
