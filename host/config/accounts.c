/* SPDX-License-Identifier: Apache-2.0 */
/* [credential] and [subscription]. */
#include "base/text.h"
#include "config/environment.h"
#include "config/sections.h"
#include "rules/forms.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct credential_fields {
    struct credential_config credential;
    const char *type;
};

#define CREDENTIAL(member) offsetof(struct credential_fields, member)

static const struct schema_key credential_keys[] = {
    {"type", VALUE_ENUM, CREDENTIAL(type), KEY_REQUIRED,
     .values = "client-secret|client-certificate|managed-identity|device-code|environment",
     .example = "client-secret"},
    {"tenant", VALUE_STRING, CREDENTIAL(credential.tenant)}, /* as its type has it: check_tenant */
    {"client-id", VALUE_GUID, CREDENTIAL(credential.client_id)},
    {"client-secret", VALUE_SECRET_REFERENCE, CREDENTIAL(credential.client_secret), 0},
    {"certificate-file", VALUE_PATH, CREDENTIAL(credential.certificate_file)},
    {"private-key-file", VALUE_PATH, CREDENTIAL(credential.private_key_file)},
};

static const struct schema credential_schema = {
    credential_keys, sizeof credential_keys / sizeof *credential_keys, false};

/* What a type takes beyond `type`: R required, o optional, blank refused. */
static const struct {
    const char *type;
    char tenant, client_id, client_secret, certificate_file, private_key_file;
} credential_types[] = {
    [CREDENTIAL_CLIENT_SECRET] = {"client-secret", 'R', 'R', 'R', ' ', ' '},
    [CREDENTIAL_CLIENT_CERTIFICATE] = {"client-certificate", 'R', 'R', ' ', 'R', 'o'},
    [CREDENTIAL_MANAGED_IDENTITY] = {"managed-identity", 'o', 'o', ' ', ' ', ' '},
    [CREDENTIAL_DEVICE_CODE] = {"device-code", 'R', 'R', ' ', ' ', ' '},
    [CREDENTIAL_ENVIRONMENT] = {"environment", ' ', ' ', ' ', ' ', ' '},
};

enum { CREDENTIAL_TYPES = sizeof credential_types / sizeof *credential_types };

static void check_key_of_type(struct loading *loading, const struct ini_section *section,
                              const char *type, const char *key, char need, const char *example)
{
    const struct ini_entry *entry = ini_find(section, key);
    if (need == 'R' && !entry)
        ini_problem(loading->problems, loading->arena, section, NULL,
                    "the key %s is missing, which type = %s needs: add a line as in %s = %s", key,
                    type, key, example);
    if (need == ' ' && entry)
        ini_problem(loading->problems, loading->arena, section, entry,
                    "type = %s takes no such key: remove the line or change the type", type);
}

static bool is_tenant_of_people(const char *tenant)
{
    return strcasecmp(tenant, CREDENTIAL_ANY_TENANT) == 0 || form_is_fqdn(tenant);
}

/* People know their tenant by its domain, or belong to any; applications are told one by its GUID.
 */
static void check_tenant(struct loading *loading, const struct ini_section *section,
                         struct credential_config *credential)
{
    if (!credential->tenant)
        return;
    bool people = credential->type == CREDENTIAL_DEVICE_CODE;
    struct value_rule guid = {.type = VALUE_GUID};
    struct error err = ERROR_INIT;
    char *normal = NULL;
    if (people && is_tenant_of_people(credential->tenant))
        normal = text_lower(credential->tenant);
    else if (value_check(&guid, credential->tenant, &normal, &err) < 0)
        ini_problem(loading->problems, loading->arena, section, ini_find(section, "tenant"),
                    people ? "%s, a domain such as contoso.onmicrosoft.com, or "
                             "organizations (any tenant)"
                           : "%s",
                    error_text(&err));
    error_clear(&err);
    credential->tenant = normal ? arena_copy(loading->arena, normal) : NULL;
    loading->failed |= normal && !credential->tenant;
    free(normal);
}

static void read_credential(struct loading *loading, const struct ini_section *section,
                            struct credential_config *credential)
{
    static const char example_guid[] = "00000000-0000-0000-0000-000000000000";
    struct credential_fields fields = {.credential.name = section->name};
    fields.credential.source = sections_source(loading, section);
    schema_fill(loading, section, &credential_schema, &fields);
    *credential = fields.credential;
    for (int i = 0; fields.type && i < CREDENTIAL_TYPES; i++) {
        const char *type = credential_types[i].type;
        if (strcmp(fields.type, type) != 0)
            continue;
        credential->type = (enum credential_type)i;
        check_key_of_type(loading, section, type, "tenant", credential_types[i].tenant,
                          example_guid);
        check_key_of_type(loading, section, type, "client-id", credential_types[i].client_id,
                          example_guid);
        check_key_of_type(loading, section, type, "client-secret",
                          credential_types[i].client_secret, "file:client-secret");
        check_key_of_type(loading, section, type, "certificate-file",
                          credential_types[i].certificate_file, "flexhost.pem");
        check_key_of_type(loading, section, type, "private-key-file",
                          credential_types[i].private_key_file, "flexhost.key");
    }
    check_tenant(loading, section, credential);
    if (fields.type && credential->type == CREDENTIAL_ENVIRONMENT)
        environment_credential(loading, section, credential);
}

void sections_read_credentials(struct loading *loading, const struct section_row *row)
{
    size_t count = 0;
    const struct ini_section **sections = sections_of(loading, row, "credential", &count);
    /* One more: what the environment gives stands in for a section that is not there. */
    struct credential_config *credentials = sections_alloc(loading, count + 1, sizeof *credentials);
    if (!credentials)
        return;
    for (size_t i = 0; i < count; i++)
        read_credential(loading, sections[i], &credentials[i]);
    if (count == 0 && environment_credential(loading, NULL, &credentials[0])) {
        credentials[0].name = "environment";
        count = 1;
    }
    loading->config->credentials = credentials;
    loading->config->credential_count = count;
}

const char *config_credential_type(const struct credential_config *credential)
{
    return credential_types[credential->type].type;
}

#define SUBSCRIPTION(member) offsetof(struct subscription_config, member)

static const struct schema_key subscription_keys[] = {
    {"id", VALUE_GUID, SUBSCRIPTION(id), KEY_REQUIRED,
     .example = "00000000-0000-0000-0000-000000000000"},
    {"credential", VALUE_STRING, SUBSCRIPTION(credential), .min = 1, .max = 128},
    {"tenant", VALUE_GUID, SUBSCRIPTION(tenant)},
    {"region", VALUE_REGION, SUBSCRIPTION(region)},
};

static const struct schema subscription_schema = {
    subscription_keys, sizeof subscription_keys / sizeof *subscription_keys, false};

static void choose_credential(struct loading *loading, const struct ini_section *section,
                              struct subscription_config *subscription)
{
    const struct config *config = loading->config;
    const struct ini_entry *entry = ini_find(section, "credential");
    if (subscription->credential) {
        if (!config_credential(config, subscription->credential))
            ini_problem(loading->problems, loading->arena, section, entry,
                        "there is no [credential \"%s\"]: add that section or name another",
                        subscription->credential);
        return;
    }
    if (entry)
        return; /* a problem already */
    if (config->credential_count == 1)
        subscription->credential = config->credentials[0].name;
    else if (config->credential_count == 0)
        ini_problem(loading->problems, loading->arena, section, NULL,
                    "there is no credential to sign in with: add a [credential \"NAME\"] section, "
                    "or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET");
    else
        ini_problem(loading->problems, loading->arena, section, NULL,
                    "the key credential is missing and there are %zu of them: add a line as in "
                    "credential = %s",
                    config->credential_count, config->credentials[0].name);
}

/* A sign-in at any tenant is for the tenant of the subscription. */
static void choose_tenant(struct loading *loading, const struct ini_section *section,
                          const struct subscription_config *subscription)
{
    struct credential_config *credential = subscription->credential
                                               ? (struct credential_config *)config_credential(
                                                     loading->config, subscription->credential)
                                               : NULL;
    if (!credential || !subscription->tenant || credential->type != CREDENTIAL_DEVICE_CODE ||
        !credential->tenant || strcmp(credential->tenant, CREDENTIAL_ANY_TENANT) != 0)
        return;
    if (credential->token_tenant && strcmp(credential->token_tenant, subscription->tenant) != 0)
        ini_problem(loading->problems, loading->arena, section, ini_find(section, "tenant"),
                    "another subscription signs in with the credential \"%s\" to the tenant %s: "
                    "give each tenant a [credential] of its own",
                    credential->name, credential->token_tenant);
    else
        credential->token_tenant = subscription->tenant;
}

void sections_read_subscriptions(struct loading *loading, const struct section_row *row)
{
    size_t count = 0;
    const struct ini_section **sections = sections_of(loading, row, "subscription", &count);
    struct subscription_config *subscriptions =
        sections_alloc(loading, count, sizeof *subscriptions);
    for (size_t i = 0; subscriptions && i < count; i++) {
        subscriptions[i].name = sections[i]->name;
        subscriptions[i].source = sections_source(loading, sections[i]);
        schema_fill(loading, sections[i], &subscription_schema, &subscriptions[i]);
        choose_credential(loading, sections[i], &subscriptions[i]);
        choose_tenant(loading, sections[i], &subscriptions[i]);
        for (size_t k = 0; k < i; k++)
            if (subscriptions[i].id && subscriptions[k].id &&
                strcmp(subscriptions[i].id, subscriptions[k].id) == 0)
                ini_problem(loading->problems, loading->arena, sections[i],
                            ini_find(sections[i], "id"),
                            "the subscription is [subscription \"%s\"] already: remove one of the "
                            "two sections",
                            subscriptions[k].name);
    }
    loading->config->subscriptions = subscriptions;
    loading->config->subscription_count = subscriptions ? count : 0;
}
