/* SPDX-License-Identifier: Apache-2.0 */
/* People's sign-ins. */
#include "command/sign_in.h"

#include "base/text.h"
#include "command/sign_in_store.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct sign_in {
    struct sign_ins *all;
    const struct credential_config *credential;
    int64_t version; /* of the refresh token that was fetched last */
};

struct sign_ins {
    struct context *context;
    const struct config *config;
    struct sign_in *items;
    bool commanded;
};

static char *utc_text(int64_t ms)
{
    char text[32] = "";
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return strdup(text);
}

/* A refresh token goes to nobody but the authority, tenant and application that it came from. */
static bool is_of(const json_t *account, const struct config *config,
                  const struct credential_config *credential)
{
    const char *authority = text_at(account, "authority"), *tenant = text_at(account, "tenant");
    const char *client_id = text_at(account, "clientId");
    return authority && strcmp(authority, config->azure.authority) == 0 && tenant &&
           strcmp(tenant, credential->tenant) == 0 && client_id &&
           strcmp(client_id, credential->client_id) == 0;
}

int sign_in_account(struct context *context, const struct credential_config *credential,
                    json_t **account, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct store *store = config ? context_store(context, err) : NULL;
    *account = NULL;
    if (!store || sign_in_store_account(store, credential->name, account, err) < 0)
        return -1;
    if (*account && !is_of(*account, config, credential)) {
        json_decref(*account);
        *account = NULL;
    }
    return 0;
}

/* ---- what the client calls ------------------------------------------------------------------- */

static int fetch(void *data, char **value, size_t *length, struct error *err)
{
    struct sign_in *sign_in = data;
    struct context *context = sign_in->all->context;
    json_t *account;
    *value = NULL;
    *length = 0;
    sign_in->version = 0;
    if (sign_in_account(context, sign_in->credential, &account, err) < 0)
        return -1;
    if (!account)
        return 0;
    json_decref(account);
    return sign_in_store_token(context_store(context, err), sign_in->credential->name, value,
                               length, &sign_in->version, err);
}

static void set_time(json_t *account, const char *key, int64_t ms)
{
    char *text = utc_text(ms);
    json_object_set_new(account, key, text ? json_string(text) : NULL);
    free(text);
}

/* A renewal goes on with what is known of the person. */
static json_t *new_account(struct sign_in *sign_in, const struct arm_grant *grant,
                           struct error *err)
{
    const struct credential_config *credential = sign_in->credential;
    int64_t now = clock_wall(clock_system());
    json_t *account = NULL;
    if (grant->renewed && sign_in_account(sign_in->all->context, credential, &account, err) < 0)
        return NULL;
    if (!account) {
        account = json_pack("{s:s, s:s, s:s}", "authority", sign_in->all->config->azure.authority,
                            "tenant", credential->tenant, "clientId", credential->client_id);
        set_time(account, "signedInAt", now);
    }
    if (*grant->user)
        json_object_set_new(account, "user", json_string(grant->user));
    set_time(account, "renewedAt", now);
    json_object_del(account, "until");
    json_object_del(account, "refused");
    if (grant->life_ms)
        set_time(account, "until", now + grant->life_ms);
    if (!account)
        error_no_memory(err);
    return account;
}

/* What another process has put there meanwhile, or taken away, is left as it is. */
static int keep_in_store(struct sign_in *sign_in, const struct arm_grant *grant, struct error *err)
{
    struct store *store = context_store(sign_in->all->context, err);
    json_t *account = store ? new_account(sign_in, grant, err) : NULL;
    if (!account)
        return -1;
    int64_t there = 0, expected = grant->renewed ? sign_in->version : -1;
    int result = sign_in_store_keep(store, sign_in->credential->name, grant->refresh_token, account,
                                    expected, &there, err);
    if (result == 0 && there && expected < 0)
        sign_in->version = there;
    json_decref(account);
    return result;
}

static int keep(void *data, const struct arm_grant *grant, struct error *err)
{
    struct sign_in *sign_in = data;
    struct error failure = ERROR_INIT;
    if (!grant->renewed)
        return keep_in_store(sign_in, grant, err);
    /* The access token is there, and Azure goes on taking the old refresh token for a while. */
    if (keep_in_store(sign_in, grant, &failure) < 0)
        context_warn(sign_in->all->context,
                     "the renewed sign-in of [credential \"%s\"] was not kept: %s",
                     sign_in->credential->name, error_text(&failure));
    error_clear(&failure);
    return 0;
}

/* `credential list` tells it, so that nobody has to find out the hard way. */
static void note_refusal(struct sign_in *sign_in, struct store *store, const char *why)
{
    struct error failure = ERROR_INIT;
    json_t *account = NULL;
    if (sign_in_account(sign_in->all->context, sign_in->credential, &account, &failure) == 0 &&
        account) {
        json_object_set_new(account, "refused", json_string(why));
        sign_in_store_note(store, sign_in->credential->name, account, sign_in->version, &failure);
    }
    json_decref(account);
    error_clear(&failure);
}

static bool refused(void *data, const char *why)
{
    struct sign_in *sign_in = data;
    struct store *store = context_store(sign_in->all->context, NULL);
    int64_t version = 0;
    if (!store || sign_in_store_version(store, sign_in->credential->name, &version, NULL) < 0)
        return false;
    if (version && version != sign_in->version)
        return true;
    note_refusal(sign_in, store, why ? why : "");
    return false;
}

static int attend(void *data, const char *why, struct error *err)
{
    struct sign_in *sign_in = data;
    const struct face *face = context_face(sign_in->all->context);
    if (face->instruct &&
        (sign_in->all->commanded || (face->attended && face->attended(face->context))))
        return 0;
    if (why)
        return error_set(
            err, ERROR_CREDENTIALS, NULL,
            "Azure no longer takes the sign-in (%s), and there is no terminal at which "
            "to sign in again: run `flexhost credential sign-in %s`",
            why, sign_in->credential->name);
    return error_set(err, ERROR_CREDENTIALS, NULL,
                     "nobody is signed in, and there is no terminal at which to do so: run "
                     "`flexhost credential sign-in %s`",
                     sign_in->credential->name);
}

static void show(void *data, const struct arm_code *code)
{
    struct sign_in *sign_in = data;
    const struct face *face = context_face(sign_in->all->context);
    char *message = text_format(
        "to sign in with the credential \"%s\", open %s and enter the code %s (within "
        "%lld minutes)",
        code->credential, code->url, code->code, (long long)((code->life_ms + 59999) / 60000));
    if (message)
        face->instruct(face->context, message);
    free(message);
}

static const struct arm_person person = {
    .keep = keep, .refused = refused, .attend = attend, .show = show};

/* ---- coming and going ------------------------------------------------------------------------ */

struct sign_ins *sign_ins_new(struct context *context, const struct config *config)
{
    struct sign_ins *sign_ins = calloc(1, sizeof *sign_ins);
    struct sign_in *items = calloc(config->credential_count + 1, sizeof *items);
    if (!sign_ins || !items) {
        free(sign_ins);
        free(items);
        return NULL;
    }
    *sign_ins = (struct sign_ins){.context = context, .config = config, .items = items};
    for (size_t i = 0; i < config->credential_count; i++)
        items[i] = (struct sign_in){.all = sign_ins, .credential = &config->credentials[i]};
    return sign_ins;
}

void sign_ins_free(struct sign_ins *sign_ins)
{
    if (sign_ins)
        free(sign_ins->items);
    free(sign_ins);
}

void sign_in_fill(struct sign_ins *sign_ins, size_t index, struct arm_credential *credential)
{
    credential->token_tenant = sign_ins->config->credentials[index].token_tenant;
    credential->fetch = fetch;
    credential->release = secret_wipe;
    credential->person = &person;
    credential->context = &sign_ins->items[index];
}

void sign_ins_command(struct sign_ins *sign_ins)
{
    sign_ins->commanded = true;
}
