/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How people sign in: an application shows a code, a person types it in elsewhere (here: a request
 * to the control plane), and the application gets tokens. Dates follow the client's clock.
 */
#include "text.h"
#include "world.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum {
    CODE_LIFE = 900000, /* milliseconds to type the code in */
    CODE_LENGTH = 9,    /* letters of it */
    GUID = 36,
};

enum stage { PENDING, APPROVED, DECLINED, USED };

struct code {
    char device[64], user[CODE_LENGTH + 1];
    char *client, *scope;
    enum stage stage;
    const struct principal *who; /* once approved */
    int64_t expires, asked;      /* calendar */
    struct code *next;
};

struct refresh {
    const struct principal *who;
    char *client, *scope;
    bool revoked;
};

struct signins {
    struct code *codes;
    struct table refresh;
};

/* Microsoft's command line is known in every directory. */
static const char azure_cli[GUID + 1] = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

struct signins *signins_new(void)
{
    return must_alloc(sizeof(struct signins));
}

static void release_refresh(void *value)
{
    struct refresh *refresh = value;

    free(refresh->client);
    free(refresh->scope);
    free(refresh);
}

void signins_end(struct signins *signins)
{
    while (signins->codes) {
        struct code *next = signins->codes->next;

        free(signins->codes->client);
        free(signins->codes->scope);
        free(signins->codes);
        signins->codes = next;
    }
    table_end(&signins->refresh, release_refresh);
    free(signins);
}

/* People may come from any directory at these. */
static bool is_shared(const char *tenant)
{
    return same_text(tenant, "organizations") || same_text(tenant, "common");
}

static int check_client(struct exchange *x, const struct pairs *form, const char *tenant)
{
    const struct world *world = x->sim->world;
    const char *client = pairs_get(form, "client_id");
    const char *directory = is_shared(tenant) ? NULL : world_tenant(world, tenant);
    const struct principal *app = client ? world_principal(world, client, directory) : NULL;

    if (!directory && !is_shared(tenant))
        return token_refuse(x, 400, "invalid_request", 90002,
                            "Tenant '%s' not found. Check to make sure you have the correct tenant "
                            "ID and are signing into the correct cloud.",
                            tenant);
    if (!client)
        return token_refuse(x, 400, "invalid_request", 900144,
                            "The request body must contain the following parameter: 'client_id'.");
    if (same_text(client, azure_cli) || (app && !app->person && same_text(app->client_id, client)))
        return 0;
    return token_refuse(x, 400, "unauthorized_client", 700016,
                        "Application with identifier '%s' was not found in the directory '%s'.",
                        client, tenant);
}

static void fill_codes(struct exchange *x, struct code *code)
{
    static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ23456789";
    unsigned char random[32];

    RAND_bytes(random, sizeof random);
    for (size_t i = 0; i < CODE_LENGTH; i++)
        code->user[i] = letters[random[i] % (sizeof letters - 1)];
    RAND_bytes(random, sizeof random);
    snprintf(code->device, sizeof code->device, "%s",
             base64url_encode(&x->pool, random, sizeof random));
}

void signin_start(struct exchange *x, const char *tenant)
{
    struct pairs form = {0};
    const char *page = pool_print(&x->pool, "%s/devicelogin", x->sim->base);
    const char *scope;
    struct code *code;

    token_form(x, &form);
    scope = pairs_get(&form, "scope");
    if (check_client(x, &form, tenant))
        return;
    if (!scope || !*scope) {
        token_refuse(x, 400, "invalid_request", 900144,
                     "The request body must contain the following parameter: 'scope'.");
        return;
    }
    code = must_alloc(sizeof *code);
    fill_codes(x, code);
    code->client = must_copy(pairs_get(&form, "client_id"));
    code->scope = must_copy(scope);
    code->expires = clock_calendar(&x->sim->clock) + CODE_LIFE;
    code->next = x->sim->signins->codes;
    x->sim->signins->codes = code;
    reply(x, 200,
          json_pack("{s:s,s:s,s:s,s:i,s:I,s:s}", "user_code", code->user, "device_code",
                    code->device, "verification_uri", page, "expires_in", CODE_LIFE / 1000,
                    "interval", x->sim->world->device_interval, "message",
                    pool_print(&x->pool,
                               "To sign in, use a web browser to open the page %s and enter the "
                               "code %s to authenticate.",
                               page, code->user)));
}

/* Who signed in, for an application that asks for it (openid). */
static char *identity_token(struct exchange *x, const struct principal *who, const char *client)
{
    static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"none\",\"kid\":\"azure-local\"}";
    long long now = (long long)(clock_calendar(&x->sim->clock) / 1000);
    char *claims = pool_print(
        &x->pool,
        "{\"ver\":\"2.0\",\"iss\":\"%s/%s/v2.0\",\"aud\":\"%s\",\"sub\":\"%s\",\"oid\":\"%s\","
        "\"tid\":\"%s\",\"name\":\"%s\",\"preferred_username\":\"%s\",\"iat\":%lld,\"nbf\":%lld,"
        "\"exp\":%lld}",
        x->sim->base, who->tenant, client, who->object_id, who->object_id, who->tenant, who->name,
        who->name, now, now, now + x->sim->world->token_lifetime);

    return pool_print(&x->pool, "%s.%s.%s", base64url_encode(&x->pool, head, sizeof head - 1),
                      base64url_encode(&x->pool, claims, strlen(claims)),
                      base64url_encode(&x->pool, "unsigned", 8));
}

static char *client_info(struct exchange *x, const struct principal *who)
{
    char *info =
        pool_print(&x->pool, "{\"uid\":\"%s\",\"utid\":\"%s\"}", who->object_id, who->tenant);

    return base64url_encode(&x->pool, info, strlen(info));
}

static char *new_refresh_token(struct exchange *x, const struct principal *who, const char *client,
                               const char *scope)
{
    unsigned char random[48];
    struct refresh *refresh = must_alloc(sizeof *refresh);
    char *text;

    RAND_bytes(random, sizeof random);
    text = pool_print(&x->pool, "1.%s", base64url_encode(&x->pool, random, sizeof random));
    refresh->who = who;
    refresh->client = must_copy(client);
    refresh->scope = must_copy(scope);
    table_put(&x->sim->signins->refresh, text, refresh);
    return text;
}

static void give_tokens(struct exchange *x, const struct principal *who, const char *client,
                        const char *scope)
{
    long long lifetime;
    char *access = token_grant(x, who, client, token_audience(scope), &lifetime);
    json_t *answer =
        json_pack("{s:s,s:s,s:I,s:I,s:s}", "token_type", "Bearer", "scope", scope, "expires_in",
                  lifetime, "ext_expires_in", lifetime, "access_token", access);

    if (strstr(scope, "offline_access"))
        json_object_set_new(answer, "refresh_token",
                            json_string(new_refresh_token(x, who, client, scope)));
    if (strstr(scope, "openid")) {
        json_object_set_new(answer, "id_token", json_string(identity_token(x, who, client)));
        json_object_set_new(answer, "client_info", json_string(client_info(x, who)));
    }
    reply_header(x, "Cache-Control", "no-store");
    reply(x, 200, answer);
}

static int refuse_stage(struct exchange *x, const struct code *code, bool fast)
{
    if (code->stage == USED)
        return token_refuse(x, 400, "invalid_grant", 54005,
                            "OAuth2 Authorization code was already redeemed, please retry with a "
                            "new valid code.");
    if (code->expires <= clock_calendar(&x->sim->clock))
        return token_refuse(x, 400, "expired_token", 70020,
                            "The provided value for the input parameter 'device_code' is not "
                            "valid. This device code has expired.");
    if (code->stage == DECLINED)
        return token_refuse(x, 400, "authorization_declined", 70018,
                            "The end user declined the authorization request.");
    if (fast)
        return token_refuse(x, 400, "slow_down", 70019,
                            "The application asks more often than the interval allows.");
    if (code->stage == PENDING)
        return token_refuse(x, 400, "authorization_pending", 70016,
                            "OAuth 2.0 device flow error. Authorization is pending. Continue "
                            "polling.");
    return 0;
}

void signin_poll(struct exchange *x, const struct pairs *form, const char *tenant)
{
    const char *device = pairs_get(form, "device_code");
    int64_t now = clock_calendar(&x->sim->clock);
    struct code *code = x->sim->signins->codes;
    bool fast;

    if (check_client(x, form, tenant))
        return;
    while (code && (!device || strcmp(code->device, device) != 0 ||
                    !same_text(code->client, pairs_get(form, "client_id"))))
        code = code->next;
    if (!code) {
        token_refuse(x, 400, "bad_verification_code", 70000,
                     "The provided value for the input parameter 'device_code' is not valid.");
        return;
    }
    fast = code->asked && now - code->asked < x->sim->world->device_interval * 1000;
    code->asked = now;
    if (refuse_stage(x, code, fast))
        return;
    if (!is_shared(tenant) && !same_text(code->who->tenant, world_tenant(x->sim->world, tenant))) {
        token_refuse(x, 400, "invalid_grant", 50020,
                     "User account '%s' does not exist in tenant '%s' and cannot access the "
                     "application '%s' in that tenant.",
                     code->who->name, tenant, code->client);
        return;
    }
    code->stage = USED;
    give_tokens(x, code->who, code->client, code->scope);
}

void signin_refresh(struct exchange *x, const struct pairs *form, const char *tenant)
{
    const char *text = pairs_get(form, "refresh_token"), *scope = pairs_get(form, "scope");
    struct refresh *refresh = text ? table_get(&x->sim->signins->refresh, text) : NULL;

    if (check_client(x, form, tenant))
        return;
    if (!refresh || !same_text(refresh->client, pairs_get(form, "client_id")) ||
        (!is_shared(tenant) &&
         !same_text(refresh->who->tenant, world_tenant(x->sim->world, tenant)))) {
        token_refuse(x, 400, "invalid_grant", 9002313,
                     "Invalid request. Request is malformed or invalid: the refresh token is not "
                     "valid here.");
        return;
    }
    if (refresh->revoked) {
        token_refuse(x, 400, "invalid_grant", 50173,
                     "The provided grant has expired due to it being revoked, a fresh auth token "
                     "is needed.");
        return;
    }
    give_tokens(x, refresh->who, refresh->client, scope ? scope : refresh->scope);
}

int signins_show(struct exchange *x)
{
    static const char *const stages[] = {"pending", "approved", "declined", "used"};
    json_t *list = json_array();

    for (const struct code *at = x->sim->signins->codes; at; at = at->next)
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:s}", "userCode", at->user, "clientId", at->client,
                            "scope", at->scope, "status",
                            at->expires <= clock_calendar(&x->sim->clock) && at->stage == PENDING
                                ? "expired"
                                : stages[at->stage]));
    return reply(x, 200, list);
}

static const struct principal *find_person(struct exchange *x, const char *name)
{
    for (const struct principal *at = x->sim->world->principals; at; at = at->next)
        if (at->person && same_text(at->name, name))
            return at;
    return NULL;
}

int signin_decide(struct exchange *x)
{
    const char *user = dig_text(x->q.json, "userCode");
    bool decline = json_is_true(json_object_get(x->q.json, "decline"));
    const struct principal *who = find_person(x, dig_text(x->q.json, "user"));
    struct code *code = x->sim->signins->codes;

    while (code && !same_text(code->user, user))
        code = code->next;
    if (!code || code->stage != PENDING || code->expires <= clock_calendar(&x->sim->clock))
        return refuse(x, 404, "BadDeviceCode", "No such code waits for a person.");
    if (!who && !decline)
        return refuse(x, 400, "BadUser", "user: the name of a [user] of the world is wanted.");
    code->who = who;
    code->stage = decline ? DECLINED : APPROVED;
    return reply(x, 200, json_object());
}

int signin_out(struct exchange *x)
{
    const struct principal *who = find_person(x, dig_text(x->q.json, "user"));
    const struct table *all = &x->sim->signins->refresh;

    if (!who)
        return refuse(x, 400, "BadUser", "user: the name of a [user] of the world is wanted.");
    for (struct table_entry *at = NULL; (at = table_next(all, at));) {
        struct refresh *refresh = at->value;

        refresh->revoked = refresh->revoked || refresh->who == who;
    }
    return reply(x, 200, json_object());
}
