/* SPDX-License-Identifier: Apache-2.0 */
/* [host] and [azure]. */
#include "config/sections.h"

#include <stdlib.h>
#include <unistd.h>

#define HOST(member) offsetof(struct config_host, member)

static const struct schema_key host_keys[] = {
    {"state-folder", VALUE_PATH, HOST(state_folder)},
    {"plugin-folder", VALUE_PATH, HOST(plugin_folders), KEY_LIST, .fallback = FH_PKGLIBDIR},
    {"output", VALUE_ENUM, HOST(output), .values = "table|json|tsv", .fallback = "table"},
    {"colour", VALUE_ENUM, HOST(colour), .values = "auto|always|never", .fallback = "auto"},
    {"resume", VALUE_ENUM, HOST(resume), .values = "automatic|by-hand", .fallback = "automatic"},
    {"personas-file", VALUE_PATH, HOST(personas_file)},
    {"sizes-file", VALUE_PATH, HOST(sizes_file)},
    {"regions-file", VALUE_PATH, HOST(regions_file)},
    {"images-file", VALUE_PATH, HOST(images_file)},
};

static const struct schema host_schema = {host_keys, sizeof host_keys / sizeof *host_keys, false};

#define AZURE(member) offsetof(struct config_azure, member)

static const struct schema_key azure_keys[] = {
    {"authority", VALUE_URL, AZURE(authority), .fallback = "https://login.microsoftonline.com"},
    {"resource-manager", VALUE_URL, AZURE(resource_manager),
     .fallback = "https://management.azure.com"},
    {"audience", VALUE_URL, AZURE(audience)},
    {"metadata", VALUE_URL, AZURE(metadata)},
    {"key-vault-suffix", VALUE_FQDN, AZURE(vault_suffix)},
    {"ca-file", VALUE_PATH, AZURE(ca_file)},
    {"connect-timeout", VALUE_DURATION, AZURE(connect_timeout_ms), .min = 100, .max = 600000,
     .fallback = "15s"},
    {"request-timeout", VALUE_DURATION, AZURE(request_timeout_ms), .min = 100, .max = 3600000,
     .fallback = "60s"},
    {"poll-interval", VALUE_DURATION, AZURE(poll_interval_ms), .min = 1, .max = 600000},
    {"verify-window", VALUE_DURATION, AZURE(verify_window_ms), .min = 1, .max = 600000,
     .fallback = "60s"},
    {"max-connections", VALUE_INT, AZURE(max_connections), .min = 1, .max = 1000, .fallback = "32"},
    {"pace", VALUE_BOOL, AZURE(pace), .fallback = "yes"},
    {"write-burst", VALUE_INT, AZURE(write_burst), .min = 1, .max = 1000000},
    {"write-rate", VALUE_INT, AZURE(write_rate), .min = 1, .max = 1000000},
    {"read-burst", VALUE_INT, AZURE(read_burst), .min = 1, .max = 1000000},
    {"read-rate", VALUE_INT, AZURE(read_rate), .min = 1, .max = 1000000},
    {"steps-at-once", VALUE_INT, AZURE(steps_at_once), .min = 1, .max = 100000},
    {"quota-check", VALUE_ENUM, AZURE(quota_check), .values = "refuse|warn|skip",
     .fallback = "refuse"},
};

static const struct schema azure_schema = {azure_keys, sizeof azure_keys / sizeof *azure_keys,
                                           false};

static void read_single(struct loading *loading, const struct section_row *row, const char *kind,
                        const struct schema *schema, void *base)
{
    size_t count = 0;
    const struct ini_section **found = sections_of(loading, row, kind, &count);
    if (count)
        schema_fill(loading, found[0], schema, base);
    else
        schema_defaults(loading, schema, base);
}

/* A service's state belongs into /var/lib, a person's into the home folder. */
static const char *default_state_folder(struct loading *loading)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const char *folder = NULL;
    if (geteuid() == 0)
        folder = FH_LOCALSTATEDIR "/lib/flexhost";
    else if (state && *state == '/')
        folder = arena_printf(loading->arena, "%s/flexhost", state);
    else if (home && *home == '/')
        folder = arena_printf(loading->arena, "%s/.local/state/flexhost", home);
    else
        ini_problem_at(loading->problems, loading->arena,
                       loading->config->path ? loading->config->path : "flexhost.ini", 0,
                       "[host] state-folder is not set and HOME neither: add a line as in "
                       "state-folder = /var/lib/flexhost");
    return folder ? folder : "";
}

void sections_read_host(struct loading *loading, const struct section_row *row)
{
    struct config_host *host = &loading->config->host;
    read_single(loading, row, "host", &host_schema, host);
    if (!host->state_folder)
        host->state_folder = default_state_folder(loading);
}

void sections_read_azure(struct loading *loading, const struct section_row *row)
{
    read_single(loading, row, "azure", &azure_schema, &loading->config->azure);
}
