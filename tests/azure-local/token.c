/* SPDX-License-Identifier: Apache-2.0 */
/* The authority: tokens for client secrets, client assertions and the managed identity. */
#include "assertion.h"
#include "text.h"
#include "world.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

struct token {
    const struct principal *who;
    char *tenant;
    const char *audience;
    int64_t expires; /* calendar */
    bool rejected;
};

struct tokens {
    struct table issued;
};

struct tokens *tokens_new(void)
{
    return must_alloc(sizeof(struct tokens));
}

static void release(void *value)
{
    struct token *token = value;

    free(token->tenant);
    free(token);
}

void tokens_end(struct tokens *tokens)
{
    table_end(&tokens->issued, release);
    free(tokens);
}

int token_refuse(struct exchange *x, int status, const char *error, int code, const char *format,
                 ...)
{
    va_list list;
    char *text;

    va_start(list, format);
    text = pool_vprint(&x->pool, format, list);
    va_end(list);
    text = pool_print(&x->pool, "AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %.19sZ",
                      code, text, x->request_id, x->correlation,
                      iso_time(&x->pool, clock_calendar(&x->sim->clock)));
    reply(x, status,
          json_pack("{s:s,s:s,s:[i],s:s,s:s,s:s}", "error", error, "error_description", text,
                    "error_codes", code, "timestamp",
                    iso_time(&x->pool, clock_calendar(&x->sim->clock)), "trace_id", x->request_id,
                    "correlation_id", x->correlation));
    return -1;
}

void token_form(struct exchange *x, struct pairs *form)
{
    const char *at = x->q.body ? x->q.body : "";

    while (*at) {
        size_t length = strcspn(at, "&");
        size_t name = strcspn(at, "=&");
        size_t skip = name < length ? name + 1 : length;

        pairs_add(&x->pool, form, url_decode(&x->pool, at, name, true),
                  url_decode(&x->pool, at + skip, length - skip, true));
        at += length + (at[length] == '&');
    }
}

/* Looks like a JSON web token; only this program reads it, and knows it by heart. */
static char *make_token(struct exchange *x, const struct principal *who, const char *client,
                        const char *audience, int64_t expires)
{
    unsigned char random[32];
    int64_t now = clock_calendar(&x->sim->clock);
    const char *person =
        who->person
            ? pool_print(&x->pool, ",\"scp\":\"user_impersonation\",\"upn\":\"%s\"", who->name)
            : "";
    char *claims = pool_print(
        &x->pool,
        "{\"aud\":\"%s\",\"iss\":\"https://sts.windows.net/%s/\","
        "\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld,\"appid\":\"%s\",\"oid\":\"%s\",\"tid\":\"%s\"%s}",
        audience, who->tenant, (long long)(now / 1000), (long long)(now / 1000),
        (long long)(expires / 1000), client, who->object_id, who->tenant, person);
    static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"none\",\"kid\":\"azure-local\"}";

    RAND_bytes(random, sizeof random);
    return pool_print(&x->pool, "%s.%s.%s", base64url_encode(&x->pool, head, sizeof head - 1),
                      base64url_encode(&x->pool, claims, strlen(claims)),
                      base64url_encode(&x->pool, random, sizeof random));
}

const char *token_audience(const char *asked)
{
    static const char *const known[] = {"https://vault.azure.net", "https://storage.azure.com"};

    for (size_t i = 0; asked && i < sizeof known / sizeof *known; i++)
        if (strstr(asked, known[i]))
            return known[i];
    return "https://management.azure.com";
}

char *token_grant(struct exchange *x, const struct principal *who, const char *client,
                  const char *audience, long long *lifetime)
{
    struct token *token = must_alloc(sizeof *token);
    char *text;

    *lifetime = x->sim->world->token_lifetime;
    token->who = who;
    token->tenant = must_copy(who->tenant);
    token->audience = audience;
    token->expires = clock_calendar(&x->sim->clock) + *lifetime * 1000;
    text = make_token(x, who, client, audience, token->expires);
    table_put(&x->sim->tokens->issued, text, token);
    return text;
}

static const struct principal *identify(struct exchange *x, const struct pairs *form,
                                        const char *tenant)
{
    const char *client = pairs_get(form, "client_id");
    const char *secret = pairs_get(form, "client_secret");
    const char *assertion = pairs_get(form, "client_assertion");
    const struct principal *who = client ? world_principal(x->sim->world, client, tenant) : NULL;
    char why[256] = "";

    if (!client) {
        token_refuse(x, 400, "invalid_request", 900144,
                     "The request body must contain the following parameter: 'client_id'.");
    } else if (!who || who->person || !same_text(who->client_id, client) ||
               !same_text(who->tenant, tenant)) {
        token_refuse(
            x, 400, "unauthorized_client", 700016,
            "Application with identifier '%s' was not found in the directory '%s'. This can "
            "happen if the application has not been installed by the administrator of the "
            "tenant or consented to by any user in the tenant.",
            client, tenant);
    } else if (assertion) {
        if (!assertion_check(x, who, assertion, why, sizeof why))
            return who;
        token_refuse(x, 401, "invalid_client", 700027,
                     "Client assertion failed signature validation. %s", why);
    } else if (!secret) {
        token_refuse(x, 401, "invalid_client", 7000218,
                     "The request body must contain the following parameter: 'client_assertion' or "
                     "'client_secret'.");
    } else if (!who->secret || strcmp(who->secret, secret) != 0) {
        token_refuse(
            x, 401, "invalid_client", 7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is "
            "the client secret value, not the client secret ID, for a secret added to app "
            "'%s'.",
            client);
    } else {
        return who;
    }
    return NULL;
}

static void issue_to_client(struct exchange *x, const struct pairs *form, const char *directory)
{
    const char *scope = pairs_get(form, "scope");
    const struct principal *who;
    long long lifetime;
    char *token;

    if (!scope || !strstr(scope, "/.default")) {
        token_refuse(
            x, 400, "invalid_scope", 1002012,
            "The provided value for scope %s is not valid. Client credential flows must have "
            "a scope value with /.default suffixed to the resource identifier.",
            scope ? scope : "");
        return;
    }
    who = identify(x, form, directory);
    if (!who)
        return;
    token = token_grant(x, who, who->client_id, token_audience(scope), &lifetime);
    reply_header(x, "Cache-Control", "no-store");
    reply(x, 200,
          json_pack("{s:s,s:I,s:I,s:s}", "token_type", "Bearer", "expires_in", lifetime,
                    "ext_expires_in", lifetime, "access_token", token));
}

void token_issue(struct exchange *x, const char *tenant)
{
    struct pairs form = {0};
    const char *grant;
    const char *directory = world_tenant(x->sim->world, tenant);

    token_form(x, &form);
    grant = pairs_get(&form, "grant_type");
    if (same_text(grant, "urn:ietf:params:oauth:grant-type:device_code") ||
        same_text(grant, "device_code")) /* as Microsoft's own clients say */
        signin_poll(x, &form, tenant);
    else if (same_text(grant, "refresh_token"))
        signin_refresh(x, &form, tenant);
    else if (!directory)
        token_refuse(x, 400, "invalid_request", 90002,
                     "Tenant '%s' not found. Check to make sure you have the correct tenant ID and "
                     "are signing into the correct cloud.",
                     tenant);
    else if (!same_text(grant, "client_credentials"))
        token_refuse(x, 400, "unsupported_grant_type", 70003,
                     "The app requested an unsupported grant type '%s'.", grant ? grant : "");
    else
        issue_to_client(x, &form, directory);
}

void token_metadata(struct exchange *x)
{
    const char *metadata = header(x, "Metadata");
    const char *client = query(x, "client_id");
    const char *resource = query(x, "resource");
    const struct principal *who = x->sim->world->principals;
    long long lifetime;
    char *token;

    while (who && (!who->managed_identity || (client && !same_text(client, who->client_id))))
        who = who->next;
    if (!metadata || !same_text(metadata, "true") || !resource || !query(x, "api-version") ||
        !who) {
        reply(x, 400,
              json_pack("{s:s,s:s}", "error", who ? "invalid_request" : "identity_not_found",
                        "error_description",
                        who ? "Required metadata header, api-version or resource not specified"
                            : "Identity not found"));
        return;
    }
    token = token_grant(x, who, who->client_id, token_audience(resource), &lifetime);
    reply(x, 200,
          json_pack(
              "{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "access_token", token, "client_id", who->client_id,
              "expires_in", pool_print(&x->pool, "%lld", lifetime), "expires_on",
              pool_print(&x->pool, "%lld",
                         (long long)(clock_calendar(&x->sim->clock) / 1000 + lifetime)),
              "not_before",
              pool_print(&x->pool, "%lld", (long long)(clock_calendar(&x->sim->clock) / 1000)),
              "resource", resource, "token_type", "Bearer"));
}

void token_discovery(struct exchange *x, const char *tenant)
{
    const char *base = x->sim->base;
    char *at = pool_print(&x->pool, "%s/%s", base, tenant);

    reply(x, 200,
          json_pack(
              "{s:s,s:s,s:s,s:s,s:s,s:s,s:[s],s:[s],s:[s,s]}", "token_endpoint",
              pool_print(&x->pool, "%s/oauth2/v2.0/token", at), "device_authorization_endpoint",
              pool_print(&x->pool, "%s/oauth2/v2.0/devicecode", at), "authorization_endpoint",
              pool_print(&x->pool, "%s/oauth2/v2.0/authorize", at), "issuer",
              pool_print(&x->pool, "%s/v2.0", at), "jwks_uri",
              pool_print(&x->pool, "%s/discovery/v2.0/keys", at), "tenant_region_scope", "NA",
              "response_types_supported", "code", "subject_types_supported", "pairwise",
              "token_endpoint_auth_methods_supported", "client_secret_post", "private_key_jwt"));
}

static struct token *token_of(struct exchange *x, const char *authorization)
{
    if (!authorization || !starts_with(authorization, "Bearer "))
        return NULL;
    return table_get(&x->sim->tokens->issued, authorization + 7);
}

void token_expire(struct exchange *x)
{
    struct token *token = token_of(x, header(x, "Authorization"));

    if (token)
        token->rejected = true;
}

static int refuse_token(struct exchange *x, const char *tenant, const char *code,
                        const char *message)
{
    reply_header(x, "WWW-Authenticate",
                 "Bearer authorization_uri=\"%s/%s\", error=\"invalid_token\", "
                 "error_description=\"%s\"",
                 x->sim->base, tenant ? tenant : "common", message);
    return refuse(x, 401, code, "%s", message);
}

int token_check(struct exchange *x, const char *subscription_tenant)
{
    const char *authorization = header(x, "Authorization");
    struct token *token = token_of(x, authorization);
    int64_t now = clock_calendar(&x->sim->clock);

    if (!authorization)
        return refuse_token(x, subscription_tenant, "AuthenticationFailed",
                            "Authentication failed. The 'Authorization' header is missing.");
    if (!token)
        return refuse_token(x, subscription_tenant, "InvalidAuthenticationToken",
                            "The access token is invalid.");
    if (token->expires <= now || token->rejected)
        return refuse_token(
            x, subscription_tenant, "ExpiredAuthenticationToken",
            pool_print(
                &x->pool,
                "The access token expiry UTC time '%s' is earlier than current UTC time '%s'.",
                iso_time(&x->pool, token->expires), iso_time(&x->pool, now)));
    if (!same_text(token->audience, "https://management.azure.com"))
        return refuse_token(x, subscription_tenant, "InvalidAuthenticationTokenAudience",
                            pool_print(&x->pool,
                                       "The access token has been obtained for wrong audience or "
                                       "resource '%s'. It should exactly match with one of the "
                                       "allowed audiences 'https://management.azure.com'.",
                                       token->audience));
    if (subscription_tenant && !same_text(subscription_tenant, token->tenant))
        return refuse_token(
            x, subscription_tenant, "InvalidAuthenticationTokenTenant",
            pool_print(
                &x->pool,
                "The access token is from the wrong issuer 'https://sts.windows.net/%s/'. It "
                "must match the tenant 'https://sts.windows.net/%s/' associated with this "
                "subscription.",
                token->tenant, subscription_tenant));
    x->caller = token->who;
    return 0;
}

const char *token_fault(struct exchange *x, const char **audience)
{
    const char *authorization = header(x, "Authorization");
    struct token *token = token_of(x, authorization);

    if (!authorization)
        return "AKV10000: Request is missing a Bearer or PoP token.";
    if (!token)
        return "AKV10001: Unable to authenticate the request: the token is invalid.";
    if (token->expires <= clock_calendar(&x->sim->clock) || token->rejected)
        return "AKV10046: Unable to authenticate the request: the token is expired.";
    x->caller = token->who;
    *audience = token->audience;
    return NULL;
}

const struct principal *token_auxiliary(struct exchange *x, const char *tenant)
{
    const char *list = header(x, "x-ms-authorization-auxiliary");
    char *rest = pool_text(&x->pool, list), *one;
    int64_t now = clock_calendar(&x->sim->clock);

    for (int seen = 0; seen < 3 && (one = next_field(&rest, ",;")); seen++) {
        struct token *token = token_of(x, one);

        if (token && token->expires > now && !token->rejected && same_text(token->tenant, tenant))
            return token->who;
    }
    return NULL;
}
