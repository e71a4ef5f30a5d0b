/* SPDX-License-Identifier: Apache-2.0 */
/* A key's desired state: a vault that it shares with others, the key in it, a disk encryption set
 * that uses the key, and the role that lets it. */
#include "base/arena.h"
#include "command/key.h"
#include "command/key_check.h"
#include "command/text_at.h"

#include <string.h>

#define GROUP_API "2024-07-01"
#define KEY_API   "7.5"
#define SET_API   "2024-03-02"
#define ROLE_API  "2022-04-01"

/* Key Vault Crypto Service Encryption User: read a key, wrap and unwrap with it. */
#define ENCRYPTION_USER "e147488a-f6f5-4113-8e2d-b22465e65bf6"

/* By this tag a key tells which request made its newest version. */
#define OPERATION_TAG "flexhost-operation"

enum { SET_SECONDS = 15 };

/*
 * The request's "key" member says everything:
 *   vault      {"name", "state": "absent" | "there" | "deleted"}, as it was when the key was added
 *   name       of the key in the vault
 *   version    {"operation", "source": "Generate" | "Import", "bits", "n", "e", "expires"}
 *   policy     {"enabled", "rotationType", "rotationTime", "expiryTime"}; absent: never had one
 *   set, role  names; roleCredential
 *   tenant     of the subscription
 */
struct planning {
    struct plan *plan;
    struct arena arena;
    const json_t *request;
    const json_t *key;
    const char *region;
    const char *failed; /* the status when a change fails: the version before is still there */
    const char *group;
    const char *vault;   /* paths */
    const char *key_url; /* "${vault.uri}keys/NAME" */
};

static const char *vault_state(const struct planning *planning)
{
    return text_at(json_object_get(planning->key, "vault"), "state");
}

/* ---- what keys share: of no key in particular, and kept when the last one goes, since a vault's
 *      name stays taken long after the vault ---- */

static json_t *shared_tags(const struct planning *planning)
{
    return json_pack("{s:O, s:s}", "flexhost-installation",
                     json_object_get(planning->request, "installation"), "flexhost-kind", "key");
}

static int add_group(struct planning *planning, struct error *err)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "resource-group",
                           .title = "resource group of the keys in the region",
                           .path = planning->group,
                           .api_version = GROUP_API,
                           .ownership = FH_FOREIGN};
    return plan_add_json(
        planning->plan, &step,
        json_pack("{s:s, s:o}", "location", planning->region, "tags", shared_tags(planning)), err);
}

static json_t *vault_json(const struct planning *planning)
{
    bool deleted = strcmp(vault_state(planning), "deleted") == 0;
    json_t *properties =
        json_pack("{s:O, s:{s:s, s:s}, s:b, s:b, s:b, s:[]}", "tenantId",
                  json_object_get(planning->key, "tenant"), "sku", "family", "A", "name",
                  "standard", "enableRbacAuthorization", 1, "enablePurgeProtection", 1,
                  "enableSoftDelete", 1, "accessPolicies");
    if (deleted)
        json_object_set_new(properties, "createMode", json_string("recover"));
    return json_pack("{s:s, s:o, s:o}", "location", planning->region, "tags", shared_tags(planning),
                     "properties", properties);
}

static int add_vault(struct planning *planning, struct error *err)
{
    static const char *const after[] = {"resource-group"};
    static const struct fh_output outputs[] = {{.name = "uri", .pointer = "/properties/vaultUri"},
                                               {.name = "id", .pointer = "/id"}};
    bool there = strcmp(vault_state(planning), "there") == 0;
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "vault",
                           .title = there ? "key vault, which is there" : "key vault",
                           .method = there ? "GET" : "PUT",
                           .path = planning->vault,
                           .api_version = KEY_VAULT_API,
                           .ownership = FH_FOREIGN,
                           .after = after,
                           .after_count = there ? 0 : 1,
                           .outputs = outputs,
                           .output_count = 2,
                           .output_size = sizeof *outputs};
    if (there)
        return plan_add(planning->plan, &step, err);
    if (add_group(planning, err) < 0)
        return -1;
    return plan_add_json(planning->plan, &step, vault_json(planning), err);
}

/* ---- the key ---- */

static json_t *private_key(const json_t *version)
{
    return json_pack("{s:s, s:O, s:O, s:s, s:s, s:s, s:s, s:s, s:s, s:[s, s]}", "kty", "RSA", "n",
                     json_object_get(version, "n"), "e", json_object_get(version, "e"), "d",
                     "${secret:private-key-d}", "p", "${secret:private-key-p}", "q",
                     "${secret:private-key-q}", "dp", "${secret:private-key-dp}", "dq",
                     "${secret:private-key-dq}", "qi", "${secret:private-key-qi}", "key_ops",
                     "wrapKey", "unwrapKey");
}

static json_t *attributes(const json_t *version)
{
    return json_pack("{s:b, s:O*}", "enabled", 1, "exp", json_object_get(version, "expires"));
}

/* The host's tags come to a PUT by themselves, with the mark by which it is known again. */
static json_t *import_json(const json_t *version)
{
    return json_pack("{s:o, s:o}", "key", private_key(version), "attributes", attributes(version));
}

static json_t *create_json(const struct planning *planning, const json_t *version)
{
    json_t *tags = json_copy(json_object_get(planning->request, "tags"));
    json_object_set(tags, OPERATION_TAG, json_object_get(version, "operation"));
    return json_pack("{s:s, s:O, s:[s, s], s:o, s:o}", "kty", "RSA", "key_size",
                     json_object_get(version, "bits"), "key_ops", "wrapKey", "unwrapKey",
                     "attributes", attributes(version), "tags", tags);
}

static const struct fh_output key_outputs[] = {
    {.name = "kid", .pointer = "/key/kid"},
    {.name = "n", .pointer = "/key/n"},
    {.name = "e", .pointer = "/key/e"},
    {.name = "created", .pointer = "/attributes/created"},
    {.name = "expires", .pointer = "/attributes/exp"}, /* last: of those that do */
};

enum { KEY_OUTPUTS = sizeof key_outputs / sizeof *key_outputs };

static int add_key(struct planning *planning, struct error *err)
{
    static const char *const after[] = {"vault"};
    const json_t *version = json_object_get(planning->key, "version");
    bool imports = strcmp(text_at(version, "source"), "Import") == 0;
    bool expires = json_object_get(version, "expires") != NULL;
    const char *create = arena_printf(&planning->arena, "%s/create", planning->key_url);
    if (!create)
        return error_no_memory(err);
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "key",
                           .title = imports ? "key in the vault, imported"
                                            : "key in the vault, made there",
                           .method = imports ? "PUT" : "POST",
                           .path = imports ? planning->key_url : create,
                           .service = "key-vault",
                           .api_version = KEY_API,
                           .flags = imports ? FH_STEP_TAGS : 0,
                           .after = after,
                           .after_count = 1,
                           .outputs = key_outputs,
                           .output_count = KEY_OUTPUTS - (expires ? 0 : 1),
                           .output_size = sizeof *key_outputs,
                           .until_pointer = imports ? NULL : "/tags/" OPERATION_TAG,
                           .until_values = imports ? NULL : text_at(version, "operation"),
                           .failed_status = planning->failed,
                           .undo_method = "DELETE",
                           .undo_path = planning->key_url};
    return plan_add_json(planning->plan, &step,
                         imports ? import_json(version) : create_json(planning, version), err);
}

static json_t *action_json(const json_t *policy)
{
    const char *time = text_at(policy, "rotationTime"), *type = text_at(policy, "rotationType");
    bool back = type && strcmp(type, "TimeBeforeExpiry") == 0;
    if (!time || !json_is_true(json_object_get(policy, "enabled")))
        return json_array();
    return json_pack("[{s:{s:s}, s:{s:s}}]", "trigger",
                     back ? "timeBeforeExpiry" : "timeAfterCreate", time, "action", "type",
                     "Rotate");
}

static int add_policy(struct planning *planning, struct error *err)
{
    static const char *const after[] = {"key"};
    const json_t *policy = json_object_get(planning->key, "policy");
    const char *path = arena_printf(&planning->arena, "%s/rotationpolicy", planning->key_url);
    if (!policy)
        return 0;
    if (!path)
        return error_no_memory(err);
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "rotation-policy",
                           .title = "rotation policy of the key",
                           .path = path,
                           .service = "key-vault",
                           .api_version = KEY_API,
                           .after = after,
                           .after_count = 1,
                           .failed_status = planning->failed,
                           .undo_method = "NONE"}; /* goes with the key */
    return plan_add_json(planning->plan, &step,
                         json_pack("{s:o, s:{s:s*}}", "lifetimeActions", action_json(policy),
                                   "attributes", "expiryTime", text_at(policy, "expiryTime")),
                         err);
}

/* ---- what uses it ---- */

static int add_set(struct planning *planning, struct error *err)
{
    static const char *const after[] = {"key"};
    static const struct fh_output outputs[] = {
        {.name = "id", .pointer = "/id"},
        {.name = "principal", .pointer = "/identity/principalId"},
        {.name = "keyUrl", .pointer = "/properties/activeKey/keyUrl"}};
    const char *path =
        arena_printf(&planning->arena, "%s/providers/Microsoft.Compute/diskEncryptionSets/%s",
                     planning->group, text_at(planning->key, "set"));
    if (!path)
        return error_no_memory(err);
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "encryption-set",
                           .title = "disk encryption set",
                           .path = path,
                           .api_version = SET_API,
                           .flags = FH_STEP_TAGS,
                           .after = after,
                           .after_count = 1,
                           .outputs = outputs,
                           .output_count = 3,
                           .output_size = sizeof *outputs,
                           .expected_seconds = SET_SECONDS,
                           .failed_status = planning->failed};
    json_t *body =
        json_pack("{s:s, s:{s:s}, s:{s:s, s:{s:{s:s}, s:s}, s:b}}", "location", planning->region,
                  "identity", "type", "SystemAssigned", "properties", "encryptionType",
                  "EncryptionAtRestWithCustomerKey", "activeKey", "sourceVault", "id",
                  planning->vault, "keyUrl", "${key.kid}", "rotationToLatestKeyVersionEnabled", 1);
    return plan_add_json(planning->plan, &step, body, err);
}

static int add_role(struct planning *planning, struct error *err)
{
    static const char *const after[] = {"encryption-set"};
    const char *subscription = text_at(json_object_get(planning->request, "subscription"), "id");
    const char *path =
        arena_printf(&planning->arena, "%s/providers/Microsoft.Authorization/roleAssignments/%s",
                     planning->vault, text_at(planning->key, "role"));
    const char *role = arena_printf(
        &planning->arena, "/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s",
        subscription, ENCRYPTION_USER);
    if (!path || !role)
        return error_no_memory(err);
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "role",
                           .title = "role that lets the disk encryption set use the key",
                           .path = path,
                           .api_version = ROLE_API,
                           .credential = text_at(planning->key, "roleCredential"),
                           .after = after,
                           .after_count = 1};
    return plan_add_json(planning->plan, &step,
                         json_pack("{s:{s:s, s:s, s:s}}", "properties", "roleDefinitionId", role,
                                   "principalId", "${encryption-set.principal}", "principalType",
                                   "ServicePrincipal"),
                         err);
}

static int add_exports(struct planning *planning, struct error *err)
{
    if (plan_export(planning->plan, "diskEncryptionSetId", "${encryption-set.id}", err) < 0)
        return -1;
    return plan_export(planning->plan, "region", planning->region, err);
}

static int find_paths(struct planning *planning, struct error *err)
{
    const json_t *request = planning->request;
    planning->group = arena_printf(&planning->arena, "/subscriptions/%s/resourceGroups/%s",
                                   text_at(json_object_get(request, "subscription"), "id"),
                                   text_at(request, "resourceGroup"));
    planning->vault =
        planning->group ? arena_printf(&planning->arena,
                                       "%s/providers/Microsoft.KeyVault/vaults/%s", planning->group,
                                       text_at(json_object_get(planning->key, "vault"), "name"))
                        : NULL;
    planning->key_url =
        arena_printf(&planning->arena, "${vault.uri}keys/%s", text_at(planning->key, "name"));
    return planning->vault && planning->key_url ? 0 : error_no_memory(err);
}

int key_plan(struct context *context, const json_t *request, struct plan **plan, struct error *err)
{
    struct planning planning = {.plan = plan_new(),
                                .request = request,
                                .key = json_object_get(request, "key"),
                                .region = text_at(request, "region")};
    if (strcmp(text_at(request, "operation"), "update") == 0)
        planning.failed = "UpdateFailed";
    int result = planning.plan ? 0 : error_no_memory(err);
    if (result == 0 && plan_set_tags(planning.plan, json_object_get(request, "tags"), err) == 0 &&
        find_paths(&planning, err) == 0 && add_vault(&planning, err) == 0 &&
        add_key(&planning, err) == 0 && add_policy(&planning, err) == 0 &&
        add_set(&planning, err) == 0 && add_role(&planning, err) == 0 &&
        add_exports(&planning, err) == 0)
        result = plan_finish(planning.plan, err);
    else
        result = -1;
    arena_free(&planning.arena);
    if (result < 0) {
        plan_free(planning.plan);
        planning.plan = NULL;
    }
    *plan = planning.plan;
    return result;
}
