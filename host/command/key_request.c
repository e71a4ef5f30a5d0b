/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of keys: what is given is checked, Azure is asked, names are derived. */
#include "command/key_request.h"

#include "azure/rsa_key.h"
#include "base/digest.h"
#include "base/text.h"
#include "base/uuid.h"
#include "command/change.h"
#include "command/key_check.h"
#include "command/request.h"
#include "command/secret_text.h"
#include "command/subscription.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_BITS = 3072, VAULT_NAME = 25 };

#define SECRET "private-key"

void key_parts_clear(struct key_parts *parts)
{
    secrets_json_wipe(parts->unkept);
    json_decref(parts->request);
    json_decref(parts->data);
    memset(parts, 0, sizeof *parts);
}

/* ---- what is given ---- */

static bool is_given(const struct command_input *input, const char *field)
{
    return json_object_get(input->fields, field) != NULL;
}

/* The option's words and those of the published model. */
static const char *const rotation_types[][2] = {{"time-after-create", "TimeAfterCreate"},
                                                {"time-before-expiry", "TimeBeforeExpiry"}};

static const char *translate(const char *word, int from, int to)
{
    for (int i = 0; word && i < 2; i++)
        if (strcmp(word, rotation_types[i][from]) == 0)
            return rotation_types[i][to];
    return NULL;
}

struct key_policy key_policy_of(const json_t *policy)
{
    return (struct key_policy){.type = translate(text_at(policy, "rotationType"), 1, 0),
                               .rotation = text_at(policy, "rotationTime"),
                               .expiry = text_at(policy, "expiryTime")};
}

static struct key_policy given_policy(const struct command_input *input)
{
    return (struct key_policy){.type = text_at(input->fields, "rotation-type"),
                               .rotation = text_at(input->fields, "rotation-time"),
                               .expiry = text_at(input->fields, "expiry-time")};
}

static json_t *policy_json(const struct key_policy *policy)
{
    const char *type = policy->type ? policy->type : policy->rotation ? rotation_types[0][0] : NULL;
    return json_pack("{s:b, s:s*, s:s*, s:s*}", "enabled", policy->rotation != NULL, "rotationType",
                     translate(type, 0, 1), "rotationTime", policy->rotation, "expiryTime",
                     policy->expiry);
}

static int refuse_detached(const struct command_input *input, struct error *err)
{
    if (!input->no_wait)
        return 0;
    return error_set(err, ERROR_USAGE, "--no-wait",
                     "--no-wait: a private key is kept nowhere but in the memory of this command, "
                     "which has to live until the vault has it: leave --no-wait out, or let the "
                     "vault make the key (--generate)");
}

/* Who brings a key says nothing of how to make one. */
static int check_source(const struct command_input *input, bool brings, struct error *err)
{
    if (brings && json_is_true(json_object_get(input->fields, "generate")))
        return error_set(err, ERROR_USAGE, "--generate",
                         "--generate: the vault makes the key then, and --" SECRET
                         " brings one: give one of the two");
    if (brings && is_given(input, "size"))
        return error_set(err, ERROR_USAGE, "--size",
                         "--size: is of a key that the vault makes, and --" SECRET
                         " brings one of its own size: leave --size out");
    return brings ? refuse_detached(input, err) : 0;
}

/* A new version: {"operation", "source", "bits", …}. bits: of one that the vault makes. */
struct version {
    json_t *json;
    json_t *unkept;
};

static int take_key(struct context *context, const char *pem, size_t length,
                    struct version *version, struct error *err)
{
    struct rsa_key key;
    char fingerprint[RSA_FINGERPRINT];
    if (rsa_key_read("--" SECRET, pem, length, &key, err) < 0)
        return -1;
    int result = rsa_key_fingerprint(key.n, key.e, fingerprint, err);
    version->json = json_pack("{s:s, s:i, s:s, s:s}", "source", "Import", "bits", key.bits, "n",
                              key.n, "e", key.e);
    version->unkept = json_object();
    const char *name;
    json_t *value;
    json_object_foreach(key.secrets, name, value)
    {
        char *full = text_format(SECRET "-%s", name);
        if (!full ||
            json_object_set_new(version->unkept, full, json_string(json_string_value(value))) != 0)
            result = error_no_memory(err);
        free(full);
    }
    if (result == 0)
        context_remark(context, "the key has %d bits and the fingerprint %s", key.bits,
                       fingerprint);
    rsa_key_clear(&key);
    return result;
}

static int read_version(struct context *context, const struct command_input *input, int bits,
                        struct version *version, struct error *err)
{
    const json_t *pem = json_object_get(input->secrets, SECRET);
    const char *size = text_at(input->fields, "size");
    if (check_source(input, pem != NULL, err) < 0)
        return -1;
    if (pem)
        return take_key(context, json_string_value(pem), json_string_length(pem), version, err);
    version->json = json_pack("{s:s, s:i}", "source", "Generate", "bits",
                              size ? (int)strtol(size, NULL, 10) : bits);
    return version->json ? 0 : error_no_memory(err);
}

/* When it expires is worked out once, from the moment of the request: planning knows no clock. */
static void complete_version(json_t *version, const json_t *request,
                             const struct key_policy *policy)
{
    int64_t expires = key_policy_expires(policy, clock_wall(clock_system()));
    json_object_set(version, "operation", json_object_get(request, "transactionId"));
    if (expires)
        json_object_set_new(version, "expires", json_integer(expires / 1000));
}

/* ---- the vault ---- */

struct neighbour {
    const char *subscription;
    const char *region;
    char vault[VAULT_NAME]; /* "": no key has one yet */
};

static bool take_neighbour(void *context, const struct record *record)
{
    struct neighbour *neighbour = context;
    if (!record->subscription || !record->region || !record->data ||
        strcasecmp(record->subscription, neighbour->subscription) != 0 ||
        strcasecmp(record->region, neighbour->region) != 0)
        return true;
    json_t *data = json_loads(record->data, 0, NULL);
    const char *vault = text_at(data, "vault");
    /* What was never made has no place in the vault. */
    bool found = vault && text_at(data, "keyUri") && strlen(vault) < VAULT_NAME;
    if (found)
        strcpy(neighbour->vault, vault);
    json_decref(data);
    return !found;
}

/* One for each subscription and region: names of vaults are of all customers and stay taken. */
static int derive_vault(const char *installation, const struct key_place *place,
                        char name[VAULT_NAME], struct error *err)
{
    char hex[DIGEST_HEX];
    char *seed = text_format("%s/%s/%s/vault", installation, text_at(place->subscription, "id"),
                             place->region);
    int result = seed ? digest_text(seed, strlen(seed), hex) : -1;
    free(seed);
    if (result < 0)
        return error_no_memory(err);
    snprintf(name, VAULT_NAME, "fh-%.8s-%.10s", installation, hex);
    return 0;
}

static int choose_vault(struct store *store, const char *asked, struct key_place *place,
                        char name[VAULT_NAME], struct error *err)
{
    struct neighbour neighbour = {.subscription = text_at(place->subscription, "name"),
                                  .region = place->region};
    struct record_filter filter = {.kind = "key"};
    if (store->ops->record_each(store, &filter, take_neighbour, &neighbour, err) < 0)
        return -1;
    place->vault = name;
    place->known = *neighbour.vault && (!asked || strcasecmp(asked, neighbour.vault) == 0);
    if (!asked && !place->known)
        return derive_vault(store->ops->installation(store), place, name, err);
    snprintf(name, VAULT_NAME, "%s", asked ? asked : neighbour.vault);
    return 0;
}

static char *vault_path(const json_t *subscription, const json_t *group_of, const char *vault)
{
    return text_format("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.KeyVault/vaults/%s",
                       text_at(subscription, "id"), text_at(group_of, "resourceGroup"), vault);
}

/* ---- key add ---- */

struct draft {
    struct context *context;
    const struct command_input *input;
    struct key_policy policy;
    struct version version;
    json_t *subscription;
    const char *region;
    char vault[VAULT_NAME];
    struct key_place place;
    enum vault_state state;
    const char *role_credential;
    char *tenant;
};

static int find_place(struct draft *draft, struct error *err)
{
    const json_t *fields = draft->input->fields;
    draft->subscription =
        subscription_resolve(draft->context, text_at(fields, "subscription"), err);
    if (!draft->subscription)
        return -1;
    draft->region = text_at(fields, "region");
    if (!draft->region)
        draft->region = text_at(draft->subscription, "region");
    if (!draft->region)
        return error_set(err, ERROR_USAGE, "--region",
                         "--region: missing, and the subscription \"%s\" has no default: give one "
                         "(`flexhost region list` shows them)",
                         text_at(draft->subscription, "name"));
    draft->place.subscription = draft->subscription;
    draft->place.region = draft->region;
    return 0;
}

static int new_request(struct draft *draft, struct key_parts *parts, struct error *err)
{
    struct store *store = context_store(draft->context, err);
    struct request_parts request = {.operation = "create",
                                    .kind = "key",
                                    .name = text_at(draft->input->fields, "name"),
                                    .subscription = draft->subscription,
                                    .region = draft->region};
    parts->request = store ? request_new(draft->context, &request, err) : NULL;
    if (!parts->request || choose_vault(store, text_at(draft->input->fields, "vault"),
                                        &draft->place, draft->vault, err) < 0)
        return -1;
    json_object_set_new(
        parts->request, "resourceGroup",
        json_sprintf("fh-%s-keys-%s", store->ops->installation(store), draft->region));
    draft->place.path = vault_path(draft->subscription, parts->request, draft->vault);
    return draft->place.path ? 0 : error_no_memory(err);
}

static int ask_azure(struct draft *draft, struct error *err)
{
    const char *credential = text_at(draft->subscription, "credential");
    const char *given = text_at(draft->input->fields, "role-credential");
    draft->role_credential = given ? given : credential;
    struct key_rights rights = {.credential = credential,
                                .role_credential = draft->role_credential,
                                .imports = draft->version.unkept != NULL,
                                .has_policy = key_policy_is_set(&draft->policy)};
    draft->tenant = key_find_tenant(draft->context, draft->subscription, err);
    if (!draft->tenant || key_find_vault(draft->context, &draft->place, &draft->state, err) < 0)
        return -1;
    return key_check_rights(draft->context, &draft->place, &rights, err);
}

static json_t *key_member(struct draft *draft, const json_t *request)
{
    static const char *const states[] = {"absent", "there", "deleted"};
    const char *operation = text_at(request, "transactionId");
    char role[UUID_TEXT];
    char *seed = text_format("%s/role", operation);
    int derived = seed ? uuid_derive(seed, role) : -1;
    free(seed);
    if (derived < 0)
        return NULL;
    complete_version(draft->version.json, request, &draft->policy);
    /* A deleted key keeps its name for months: it is one that no other will want. */
    json_t *key =
        json_pack("{s:{s:s, s:s}, s:s+, s:O, s:s+, s:s, s:s, s:s}", "vault", "name", draft->vault,
                  "state", states[draft->state], "name", "fh-", operation, "version",
                  draft->version.json, "set", "fh-key-", text_at(request, "id"), "role", role,
                  "roleCredential", draft->role_credential, "tenant", draft->tenant);
    if (key && key_policy_is_set(&draft->policy))
        json_object_set_new(key, "policy", policy_json(&draft->policy));
    return key;
}

/* What of a key is told; the rest comes when Azure has it. */
static void describe(json_t *data, const json_t *key)
{
    if (json_object_get(key, "policy"))
        json_object_set(data, "rotationPolicy", json_object_get(key, "policy"));
    json_object_set_new(data, "internal", json_pack("{s:O}", "key", key));
}

static int fill(struct draft *draft, struct key_parts *parts, struct error *err)
{
    json_t *key = key_member(draft, parts->request);
    parts->data = json_pack(
        "{s:O, s:O, s:s}", "subscription", json_object_get(parts->request, "subscription"),
        "resourceGroup", json_object_get(parts->request, "resourceGroup"), "vault", draft->vault);
    if (!key || !parts->data || json_object_set_new(parts->request, "key", key) < 0)
        return error_no_memory(err);
    json_object_set(parts->data, "keySource", json_object_get(draft->version.json, "source"));
    json_object_set(parts->data, "bits", json_object_get(draft->version.json, "bits"));
    describe(parts->data, key);
    parts->unkept = draft->version.unkept;
    draft->version.unkept = NULL;
    return 0;
}

static int refuse_without_source(const struct command_input *input, struct error *err)
{
    if (json_object_get(input->secrets, SECRET) ||
        json_is_true(json_object_get(input->fields, "generate")))
        return 0;
    return error_set(err, ERROR_USAGE, "--" SECRET,
                     "--" SECRET " is required unless the vault makes the key: give "
                     "--" SECRET "-file FILE (mode 0600, - for standard input) or --" SECRET
                     "-env VARIABLE, or --generate");
}

int key_request_add(struct context *context, const struct command_input *input,
                    struct key_parts *parts, struct error *err)
{
    struct draft draft = {.context = context, .input = input, .policy = given_policy(input)};
    int result = -1;
    if (request_check_name(context, "key", text_at(input->fields, "name"), err) == 0 &&
        key_policy_check(&draft.policy, err) == 0 && refuse_without_source(input, err) == 0 &&
        find_place(&draft, err) == 0 &&
        read_version(context, input, DEFAULT_BITS, &draft.version, err) == 0 &&
        new_request(&draft, parts, err) == 0 && ask_azure(&draft, err) == 0)
        result = fill(&draft, parts, err);
    secrets_json_wipe(draft.version.unkept);
    json_decref(draft.version.json);
    json_decref(draft.subscription);
    free(draft.place.path);
    free(draft.tenant);
    return result;
}

/* ---- changes ---- */

static int refuse_leaving(const struct subject *key, struct error *err)
{
    const struct subject_kind *kind = subject_kind_find("key");
    const char *status = key->record.status;
    if (strcmp(status, kind->deleting) != 0 && strcmp(status, kind->delete_failed) != 0)
        return 0;
    return error_set(err, ERROR_USAGE, "/name",
                     "the key \"%s\" is being deleted (status %s): add another, or go on with its "
                     "deletion (`flexhost key delete %s`)",
                     key->record.name, status_label("key", status), key->record.name);
}

/* The member "key" as it was last wanted, to be changed. */
static json_t *wanted_key(const struct subject *key)
{
    return json_deep_copy(json_object_get(json_object_get(key->data, "internal"), "key"));
}

static int ask_about(struct context *context, const struct subject *key, bool imports,
                     bool has_policy, struct error *err)
{
    const json_t *subscription = json_object_get(key->data, "subscription");
    const char *vault = text_at(key->data, "vault");
    struct key_place place = {.subscription = subscription,
                              .region = key->record.region,
                              .vault = vault,
                              .path = vault_path(subscription, key->data, vault)};
    struct key_rights rights = {.credential = text_at(subscription, "credential"),
                                .imports = imports,
                                .has_policy = has_policy};
    int result =
        place.path ? key_check_rights(context, &place, &rights, err) : error_no_memory(err);
    free(place.path);
    return result;
}

/* Takes `member` over. */
static int change(struct context *context, const struct subject *key, json_t *member,
                  struct key_parts *parts, struct error *err)
{
    parts->request = request_existing(context, key, NULL, "update", NULL, NULL, err);
    parts->data = json_deep_copy(key->data);
    if (!parts->request || !parts->data || !member) {
        json_decref(member);
        return parts->request ? error_no_memory(err) : -1;
    }
    json_object_set_new(parts->request, "key", member);
    return 0;
}

int key_request_rotate(struct context *context, const struct command_input *input,
                       const struct subject *key, struct key_parts *parts, struct error *err)
{
    json_t *member = wanted_key(key);
    const json_t *old = json_object_get(member, "version");
    struct version version = {0};
    if (refuse_leaving(key, err) < 0 ||
        read_version(context, input, (int)json_integer_value(json_object_get(old, "bits")),
                     &version, err) < 0 ||
        ask_about(context, key, version.unkept != NULL, false, err) < 0 ||
        change(context, key, json_incref(member), parts, err) < 0) {
        secrets_json_wipe(version.unkept);
        json_decref(version.json);
        json_decref(member);
        return -1;
    }
    struct key_policy policy = key_policy_of(json_object_get(member, "policy"));
    complete_version(version.json, parts->request, &policy);
    json_object_set_new(member, "version", version.json);
    describe(parts->data, member);
    parts->unkept = version.unkept;
    json_decref(member);
    return 0;
}

static int refuse_unfinished(const struct subject *key, struct error *err)
{
    const struct record *record = &key->record;
    if (strcmp(record->status, subject_kind_find("key")->done) == 0)
        return 0;
    return error_set(err, ERROR_USAGE, "/name",
                     "the key \"%s\" is not ready (status %s): go on with what was begun "
                     "(`flexhost operation resume %s`), or give it a new version (`flexhost key "
                     "rotate %s`)",
                     record->name, status_label("key", record->status),
                     record->operation ? record->operation : "ID", record->name);
}

/* What is not given stays as it is. */
static int merge_policy(const struct command_input *input, const struct key_policy *old,
                        struct key_policy *policy, struct error *err)
{
    const json_t *rotation = json_object_get(input->fields, "rotation");
    *policy = given_policy(input);
    if (!key_policy_is_set(policy) && !rotation)
        return error_set(err, ERROR_USAGE, NULL,
                         "nothing to change is given: --rotation-time, --rotation-type, "
                         "--expiry-time, or --no-rotation");
    if (json_is_false(rotation) && (policy->type || policy->rotation))
        return error_set(err, ERROR_USAGE, "--rotation",
                         "--rotation: no, and --rotation-time or --rotation-type says when: give "
                         "one of the two");
    if (!policy->expiry)
        policy->expiry = old->expiry;
    if (json_is_false(rotation))
        return key_policy_check(policy, err);
    if (!policy->rotation)
        policy->rotation = old->rotation;
    if (!policy->type)
        policy->type = old->type;
    if (json_is_true(rotation) && !policy->rotation)
        return error_set(err, ERROR_USAGE, "--rotation-time",
                         "--rotation-time is required with --rotation: say when the key rotates, "
                         "as in --rotation-time P18M");
    return key_policy_check(policy, err);
}

int key_request_set(struct context *context, const struct command_input *input,
                    const struct subject *key, struct key_parts *parts, struct error *err)
{
    json_t *member = wanted_key(key);
    struct key_policy policy, old = key_policy_of(json_object_get(member, "policy"));
    int result = -1;
    if (refuse_unfinished(key, err) == 0 && merge_policy(input, &old, &policy, err) == 0 &&
        ask_about(context, key, false, true, err) == 0)
        result = change(context, key, json_incref(member), parts, err);
    if (result == 0) {
        json_object_set_new(member, "policy", policy_json(&policy));
        describe(parts->data, member);
    }
    json_decref(member);
    return result;
}
