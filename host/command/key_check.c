/* SPDX-License-Identifier: Apache-2.0 */
/* Questions before a key is added. */
#include "command/key_check.h"

#include "azure/permission.h"
#include "azure/sync.h"
#include "base/text.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AUTHORIZATION_API "2022-04-01"

static const char *id_of(const struct key_place *place)
{
    return text_at(place->subscription, "id");
}

static const char *credential_of(const struct key_place *place)
{
    return text_at(place->subscription, "credential");
}

/* ---- the vault ---- */

static int refuse_answer(const struct key_place *place, int status, const json_t *body,
                         struct error *err)
{
    const json_t *error = json_object_get(body, "error");
    const char *message = text_at(error, "message");
    bool denied = status == 401 || status == 403;
    return error_set(err, denied ? ERROR_CREDENTIALS : ERROR_AZURE, "--vault",
                     "the credential \"%s\" cannot tell whether there is a vault \"%s\" (Azure "
                     "answers %d): %s%s",
                     credential_of(place), place->vault, status, message ? message : "no reason",
                     denied ? "; give its principal the role Contributor on the subscription" : "");
}

/* Whether anybody in the world has a vault of the name. */
static int ask_name(struct arm *arm, const struct key_place *place, bool *free_name,
                    struct error *err)
{
    char *path = text_format("/subscriptions/%s/providers/Microsoft.KeyVault/checkNameAvailability",
                             id_of(place));
    json_t *question =
        json_pack("{s:s, s:s}", "name", place->vault, "type", "Microsoft.KeyVault/vaults");
    json_t *answer = NULL;
    int status = 0;
    int result = path && question ? arm_query_wait(arm, credential_of(place), path, KEY_VAULT_API,
                                                   question, &status, &answer, err)
                                  : error_no_memory(err);
    if (result == 0 && status != 200)
        result = refuse_answer(place, status, answer, err);
    *free_name = json_is_true(json_object_get(answer, "nameAvailable"));
    json_decref(answer);
    json_decref(question);
    free(path);
    return result;
}

static int refuse_unfit(const struct key_place *place, const char *what, const char *mend,
                        struct error *err)
{
    return error_set(err, ERROR_USAGE, "--vault",
                     "--vault: the vault \"%s\" of this subscription and region %s, and disks are "
                     "encrypted with keys of other vaults only: %s",
                     place->vault, what, mend);
}

static int check_vault(const struct key_place *place, const json_t *vault, struct error *err)
{
    const json_t *properties = json_object_get(vault, "properties");
    const char *location = text_at(vault, "location");
    if (!json_is_true(json_object_get(properties, "enablePurgeProtection")))
        return refuse_unfit(place, "has no purge protection",
                            "switch it on (az keyvault update --enable-purge-protection true)",
                            err);
    if (!json_is_true(json_object_get(properties, "enableRbacAuthorization")))
        return refuse_unfit(place, "goes by access policies instead of roles",
                            "change that (az keyvault update --enable-rbac-authorization true)",
                            err);
    if (location && strcasecmp(location, place->region) != 0)
        return refuse_unfit(place, "is in another region", "name another with --vault", err);
    return 0;
}

static int ask_vault(struct arm *arm, const struct key_place *place, bool *found, struct error *err)
{
    json_t *vault = NULL;
    int status = 0;
    if (arm_get_wait(arm, credential_of(place), place->path, KEY_VAULT_API, &status, &vault, err) <
        0)
        return -1;
    *found = status == 200;
    int result = *found          ? check_vault(place, vault, err)
                 : status == 404 ? 0
                                 : refuse_answer(place, status, vault, err);
    json_decref(vault);
    return result;
}

/* Azure keeps the name of a deleted vault as long as it can be recovered. */
static int ask_deleted(struct arm *arm, const struct key_place *place, bool *found,
                       struct error *err)
{
    char *path =
        text_format("/subscriptions/%s/providers/Microsoft.KeyVault/locations/%s/deletedVaults/%s",
                    id_of(place), place->region, place->vault);
    json_t *vault = NULL;
    int status = 0;
    int result =
        path ? arm_get_wait(arm, credential_of(place), path, KEY_VAULT_API, &status, &vault, err)
             : error_no_memory(err);
    const char *was = text_at(json_object_get(vault, "properties"), "vaultId");
    *found = status == 200 && was && strcasecmp(was, place->path) == 0;
    json_decref(vault);
    free(path);
    return result;
}

static int refuse_taken(const struct key_place *place, struct error *err)
{
    return error_set(err, ERROR_USAGE, "--vault",
                     "--vault: the name \"%s\" is in use by a vault that is not of this "
                     "installation, and vaults of all customers share one set of names: give "
                     "another with --vault NAME",
                     place->vault);
}

int key_find_vault(struct context *context, const struct key_place *place, enum vault_state *state,
                   struct error *err)
{
    struct arm *arm = context_arm(context, err);
    bool free_name = false, found = false;
    *state = VAULT_ABSENT;
    /* The likelier question first. */
    if (!arm || (!place->known && ask_name(arm, place, &free_name, err) < 0))
        return -1;
    if (free_name)
        return 0;
    if (ask_vault(arm, place, &found, err) < 0)
        return -1;
    *state = VAULT_THERE;
    if (found)
        return 0;
    if (ask_deleted(arm, place, &found, err) < 0)
        return -1;
    *state = VAULT_DELETED;
    if (found)
        return 0;
    *state = VAULT_ABSENT;
    if (place->known && ask_name(arm, place, &free_name, err) < 0)
        return -1;
    return free_name ? 0 : refuse_taken(place, err);
}

char *key_find_tenant(struct context *context, const json_t *subscription, struct error *err)
{
    const char *known = text_at(subscription, "tenant"), *id = text_at(subscription, "id");
    if (known)
        return strdup(known);
    struct arm *arm = context_arm(context, err);
    char *path = arm ? text_format("/subscriptions/%s", id) : NULL;
    json_t *body = NULL;
    char *tenant = NULL;
    if (path && arm_read_wait(arm, text_at(subscription, "credential"), path, "2022-12-01", &body,
                              err) == 0) {
        const char *found = text_at(body, "tenantId");
        tenant = found ? strdup(found) : NULL;
        if (!tenant)
            error_set(err, ERROR_AZURE, "--subscription",
                      "Azure does not say in which tenant the subscription %s is: write tenant = "
                      "GUID into its section",
                      id);
    }
    json_decref(body);
    free(path);
    return tenant;
}

/* ---- who may do what ---- */

/* NULL: Azure does not tell, or err is set. */
static json_t *permissions_at(struct arm *arm, const char *credential, const char *scope,
                              struct error *err)
{
    char *path = text_format("%s/providers/Microsoft.Authorization/permissions", scope);
    json_t *values = NULL;
    if (!path)
        error_no_memory(err);
    else if (arm_list_wait(arm, credential, path, AUTHORIZATION_API, &values, err) < 0 &&
             (err->code == ERROR_AZURE || err->azure_code))
        error_clear(err);
    free(path);
    return values;
}

/* In the resource group of the vault; as long as that is not there, in the subscription. */
static json_t *permissions(struct arm *arm, const struct key_place *place, const char *credential,
                           struct error *err)
{
    const char *end = strstr(place->path, "/providers/");
    char *group = strndup(place->path, end ? (size_t)(end - place->path) : 0);
    char *subscription = text_format("/subscriptions/%s", id_of(place));
    json_t *values = NULL;
    if (!group || !subscription)
        error_no_memory(err);
    else if (!(values = permissions_at(arm, credential, group, err)) && err->code == ERROR_NONE)
        values = permissions_at(arm, credential, subscription, err);
    free(group);
    free(subscription);
    return values;
}

static int refuse_vault_right(const struct key_place *place, const char *credential,
                              const char *action, struct error *err)
{
    return error_set(err, ERROR_CREDENTIALS, "--subscription",
                     "--subscription: the credential \"%s\" may not keep keys in vaults of the "
                     "subscription \"%s\": it lacks %s; give its principal the role Key Vault "
                     "Crypto Officer there, on /subscriptions/%s (the role Contributor is not "
                     "enough, and a role may take some minutes to count)",
                     credential, text_at(place->subscription, "name"), action, id_of(place));
}

static int check_vault_rights(const struct key_place *place, const json_t *values,
                              const struct key_rights *rights, struct error *err)
{
    const struct {
        const char *action;
        bool needed;
    } actions[] = {
        {"Microsoft.KeyVault/vaults/keys/import/action", rights->imports},
        {"Microsoft.KeyVault/vaults/keys/create/action", !rights->imports},
        {"Microsoft.KeyVault/vaults/keys/read", true},
        {"Microsoft.KeyVault/vaults/keys/delete", true},
        {"Microsoft.KeyVault/vaults/keyrotationpolicies/write", rights->has_policy},
    };
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (actions[i].needed && !permission_allows_data(values, actions[i].action))
            return refuse_vault_right(place, rights->credential, actions[i].action, err);
    return 0;
}

static int check_role_right(const struct key_place *place, const json_t *values,
                            const struct key_rights *rights, struct error *err)
{
    static const char *const action = "Microsoft.Authorization/roleAssignments/write";
    if (permission_allows(values, action))
        return 0;
    return error_set(err, ERROR_CREDENTIALS, "--role-credential",
                     "--role-credential: the credential \"%s\" may not let the disk encryption set "
                     "use the key: it lacks %s in the subscription \"%s\"; name with "
                     "--role-credential one that may, or give its principal the role User Access "
                     "Administrator on /subscriptions/%s",
                     rights->role_credential, action, text_at(place->subscription, "name"),
                     id_of(place));
}

int key_check_rights(struct context *context, const struct key_place *place,
                     const struct key_rights *rights, struct error *err)
{
    struct arm *arm = context_arm(context, err);
    if (!arm)
        return -1;
    struct error failure = ERROR_INIT;
    const char *other = rights->role_credential;
    bool asks = other && strcmp(rights->credential, other) != 0;
    int result = 0;
    json_t *values = permissions(arm, place, rights->credential, &failure);
    if (values)
        result = check_vault_rights(place, values, rights, &failure);
    if (result == 0 && asks && failure.code == ERROR_NONE) {
        json_decref(values);
        values = permissions(arm, place, other, &failure);
    }
    if (result == 0 && other && values)
        check_role_right(place, values, rights, &failure);
    json_decref(values);
    if (failure.code == ERROR_NONE)
        return 0;
    error_move(err, &failure);
    return -1;
}
