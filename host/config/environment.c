/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that stand in the environment. */
#include "config/environment.h"

#include "rules/forms.h"

#include <stdlib.h>

/* Azure's command line and SDKs look for the first, Terraform for the second. */
static const struct names {
    const char *tenant, *client_id, *client_secret, *certificate;
} families[] = {
    {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"},
    {"ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PATH"},
};

static const char *get(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void complain(struct loading *loading, const struct ini_section *section, const char *name)
{
    static const char rule[] = "the environment variable %s is not a GUID: set it to 8-4-4-4-12 "
                               "hexadecimal digits or unset it";
    if (section)
        ini_problem(loading->problems, loading->arena, section, NULL, rule, name);
    else
        ini_problem_at(loading->problems, loading->arena, "environment", 0, rule, name);
}

static const char *get_guid(struct loading *loading, const struct ini_section *section,
                            const char *name)
{
    const char *value = get(name);
    if (!form_is_guid(value))
        complain(loading, section, name);
    return arena_copy(loading->arena, value);
}

static bool fill(struct loading *loading, const struct ini_section *section,
                 const struct names *names, struct credential_config *credential)
{
    const char *secret = get(names->client_secret), *certificate = get(names->certificate);
    if (!get(names->tenant) || !get(names->client_id) || (!secret && !certificate))
        return false;
    credential->tenant = get_guid(loading, section, names->tenant);
    credential->client_id = get_guid(loading, section, names->client_id);
    const char *third = secret ? names->client_secret : names->certificate;
    credential->source = arena_printf(loading->arena, "environment (%s, %s, %s)", names->tenant,
                                      names->client_id, third);
    if (secret) { /* a secret wins over a certificate, as with Azure's own tools */
        credential->type = CREDENTIAL_CLIENT_SECRET;
        credential->client_secret = arena_printf(loading->arena, "env:%s", third);
    } else {
        credential->type = CREDENTIAL_CLIENT_CERTIFICATE;
        credential->certificate_file = arena_copy(loading->arena, certificate);
    }
    if (!credential->tenant || !credential->client_id || !credential->source)
        loading->failed = true;
    return true;
}

bool environment_credential(struct loading *loading, const struct ini_section *section,
                            struct credential_config *credential)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (fill(loading, section, &families[i], credential))
            return true;
    if (section)
        ini_problem(loading->problems, loading->arena, section, NULL,
                    "type = environment needs the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and "
                    "AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH: set them, or choose "
                    "another type");
    return false;
}
