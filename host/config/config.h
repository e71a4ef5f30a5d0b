/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: one INI file, and the tables that it names. */
#ifndef FLEXHOST_CONFIG_CONFIG_H
#define FLEXHOST_CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "config/ini.h"
#include "rules/address.h"
#include "rules/limits.h"
#include "rules/persona.h"
#include "rules/regions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_list {
    const char *const *items;
    size_t count;
};

/* [host]. Paths are absolute, or relative to where flexhost was started if the INI file is. */
struct config_host {
    const char *state_folder;
    struct config_list plugin_folders;
    const char *output;        /* "table", "json" or "tsv" */
    const char *colour;        /* "auto", "always" or "never" */
    const char *resume;        /* "automatic": what a dead process left goes on by itself */
    const char *personas_file; /* NULL: the built-in table; likewise the other three */
    const char *sizes_file;
    const char *regions_file;
    const char *images_file;
};

/* [azure]. Numbers of 0 and NULL mean: what the client does by itself. */
struct config_azure {
    const char *authority;
    const char *resource_manager;
    const char *audience;
    const char *metadata;
    const char *vault_suffix;
    const char *ca_file;
    int64_t connect_timeout_ms;
    int64_t request_timeout_ms;
    int64_t poll_interval_ms; /* in place of what Azure asks for: for the local Azure */
    int64_t verify_window_ms; /* how long a 404 after a request that may have arrived is doubted */
    int64_t max_connections;
    bool pace; /* keep buckets of our own, not only wait when Azure says so */
    int64_t write_burst, write_rate;
    int64_t read_burst, read_rate;
    int64_t steps_at_once;
    /* Whether Azure is asked before machines are created if they fit: "refuse", "warn" or "skip".
     */
    const char *quota_check;
};

enum credential_type {
    CREDENTIAL_CLIENT_SECRET,
    CREDENTIAL_CLIENT_CERTIFICATE,
    CREDENTIAL_MANAGED_IDENTITY,
    CREDENTIAL_DEVICE_CODE,
    CREDENTIAL_ENVIRONMENT /* only until loading has looked there: then one of the others */
};

/* The tenant of a person who may be of any. */
#define CREDENTIAL_ANY_TENANT "organizations"

/* [credential "NAME"], or the one that the environment gives (named "environment"). */
struct credential_config {
    const char *name;
    enum credential_type type;
    const char *tenant; /* a GUID; with CREDENTIAL_DEVICE_CODE also a domain or "organizations" */
    /* With "organizations": the tenant of the subscriptions that sign in with it; NULL: the
     * person's own. */
    const char *token_tenant;
    const char *client_id;
    const char *client_secret;    /* a reference for secret_resolve() */
    const char *certificate_file; /* PEM, of the certificate alone or with its key */
    const char *private_key_file; /* PEM; NULL: the key is in certificate_file */
    const char *source;           /* "flexhost.ini:12" or "environment (AZURE_CLIENT_ID, ...)" */
};

/* [subscription "NAME"]: where machines run. */
struct subscription_config {
    const char *name;
    const char *id;
    const char *credential; /* the name of a struct credential_config */
    const char *tenant;     /* NULL: the credential's */
    const char *region;     /* the default for what is created; NULL: none */
    const char *source;
};

/* [plugin "KIND/NAME"] */
struct plugin_config {
    const char *kind;
    const char *name;
    bool enabled;
    const char *file;                  /* NULL: KIND-NAME.so in the plugin folders */
    const struct ini_section *section; /* the plugin's own options among its entries */
};

struct config {
    const char *path; /* of the INI file; NULL when loaded from text */
    struct config_host host;
    struct config_azure azure;
    const struct credential_config *credentials;
    size_t credential_count;
    const struct subscription_config *subscriptions;
    size_t subscription_count;
    const struct plugin_config *plugins;
    size_t plugin_count;
    /* Sections that a plugin interprets: [image "NAME"]. */
    const struct ini_section *const *images;
    size_t image_count;
    struct limits limits;
    struct persona_table personas;
    struct size_table sizes;
    struct region_table regions;
    const struct address_claim *on_premises; /* owners bear file and line */
    size_t on_premises_count;
    struct ini_problems problems;
    struct arena arena; /* holds all of the above */
};

/* Reads the file and all that it names. With problems it returns -1, err names the first and says
 * how many there are, and *config still holds what could be read and `problems` all of them, for
 * `config check`. *config is NULL only without memory or without a file
 * (one that everybody can write to counts as none). */
int config_load(const char *path, struct config **config, struct error *err);
/* The same of a text in memory; relative paths start in the current folder. */
int config_load_text(const char *name, const char *text, size_t length, struct config **config,
                     struct error *err);
void config_free(struct config *config);

/* Where the configuration is: the option's file, $FLEXHOST_CONFIG, ./flexhost.ini,
 * $XDG_CONFIG_HOME/flexhost/flexhost.ini (~/.config), SYSCONFDIR/flexhost/flexhost.ini; the first
 * two must exist if given. *why says which won ("--config", "$FLEXHOST_CONFIG" ...). The caller
 * frees *path. */
int config_locate(const char *option, char **path, const char **why, struct error *err);

/* NULL if there is none of this name; case does not matter, but for plugins. */
const struct credential_config *config_credential(const struct config *config, const char *name);
/* "client-secret": as `type` has it. */
const char *config_credential_type(const struct credential_config *credential);
const struct subscription_config *config_subscription(const struct config *config,
                                                      const char *name);
const struct plugin_config *config_plugin(const struct config *config, const char *kind,
                                          const char *name);
const struct ini_section *config_image(const struct config *config, const char *name);

#endif
