/* SPDX-License-Identifier: Apache-2.0 */
/* Shared access signatures: made for who may list keys, and really checked. */
#include "storage.h"

#include "compute.h"
#include "text.h"
#include "world.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char version[] = "2021-12-02";

char *storage_sign(struct pool *pool, const char *key, const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size;
    size_t key_size;
    unsigned char *bytes = base64_decode(pool, key, strlen(key), &key_size);

    if (!bytes || !HMAC(EVP_sha256(), bytes, (int)key_size, (const unsigned char *)text,
                        strlen(text), digest, &size))
        return pool_text(pool, "");
    return base64_encode(pool, digest, size);
}

static const char *value(const struct pairs *query, const char *name)
{
    const char *text = pairs_get(query, name);

    return text ? text : "";
}

static char *account_text(struct pool *pool, const struct pairs *q, const char *account)
{
    const char *scope =
        strcmp(value(q, "sv"), "2020-12-06") >= 0 ? pool_print(pool, "%s\n", value(q, "ses")) : "";

    return pool_print(pool, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s", account, value(q, "sp"),
                      value(q, "ss"), value(q, "srt"), value(q, "st"), value(q, "se"),
                      value(q, "sip"), value(q, "spr"), value(q, "sv"), scope);
}

static char *service_text(struct pool *pool, const struct pairs *q, const char *resource)
{
    const char *scope =
        strcmp(value(q, "sv"), "2020-12-06") >= 0 ? pool_print(pool, "%s\n", value(q, "ses")) : "";

    return pool_print(pool, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s%s\n%s\n%s\n%s\n%s",
                      value(q, "sp"), value(q, "st"), value(q, "se"), resource, value(q, "si"),
                      value(q, "sip"), value(q, "spr"), value(q, "sv"), value(q, "sr"),
                      value(q, "snapshot"), scope, value(q, "rscc"), value(q, "rscd"),
                      value(q, "rsce"), value(q, "rscl"), value(q, "rsct"));
}

static bool signed_with(struct pool *pool, const struct resource *account, const char *text,
                        const char *signature)
{
    for (int i = 0; i < 2; i++) {
        const char *key = account_key(account, i);
        const char *good = key ? storage_sign(pool, key, text) : "";

        if (*good && strlen(good) == strlen(signature) &&
            CRYPTO_memcmp(good, signature, strlen(good)) == 0)
            return true;
    }
    return false;
}

/* The client's clock may run a little ahead. */
static const char *check_times(const struct sim *sim, struct pool *pool, const struct pairs *q,
                               const char **detail)
{
    int64_t now = clock_calendar(&sim->clock);
    const char *start = value(q, "st");
    int64_t end = parse_time(value(q, "se"));

    if (end < 0 || (*start && parse_time(start) < 0)) {
        *detail = "Signed expiry time is missing, or a signed time is not in the correct format.";
        return "AuthenticationFailed";
    }
    if (end > now && (!*start || parse_time(start) <= now + 1000))
        return NULL;
    *detail = pool_print(pool,
                         "Signature not valid in the specified time frame: Start [%s] - Expiry "
                         "[%s] - Current [%s]",
                         *start ? http_date(pool, parse_time(start)) : "", http_date(pool, end),
                         http_date(pool, now));
    return "AuthenticationFailed";
}

/* The folder that sr=d with that depth is about; NULL when the blob is not in it. */
static char *folder_of(struct pool *pool, const char *blob, const char *depth)
{
    long left = strtol(depth, NULL, 10);
    const char *at = blob;

    while (at && left-- > 0) {
        at = strchr(at, '/');
        at = at && left > 0 ? at + 1 : at;
    }
    return at ? pool_copy(pool, blob, (size_t)(at - blob)) : NULL;
}

/* What the signature is about; NULL when that is something else than what is asked for. */
static char *signed_resource(struct pool *pool, const struct pairs *q, const char *account,
                             const struct sas_ask *ask)
{
    const char *kind = value(q, "sr");
    char *folder;

    if (strcmp(kind, "c") == 0)
        return pool_print(pool, "/blob/%s/%s", account, ask->container);
    if (!ask->blob)
        return NULL;
    if (strcmp(kind, "b") == 0)
        return pool_print(pool, "/blob/%s/%s/%s", account, ask->container, ask->blob);
    folder = folder_of(pool, ask->blob, value(q, "sdd"));
    return folder ? pool_print(pool, "/blob/%s/%s/%s", account, ask->container, folder) : NULL;
}

static const char *mismatch(struct pool *pool, const char *text, const char **detail)
{
    *detail = pool_print(pool, "Signature did not match. String to sign used was %s", text);
    return "AuthenticationFailed";
}

static const char *check_service(struct pool *pool, const struct pairs *q,
                                 const struct resource *account, const struct sas_ask *ask,
                                 const char **detail)
{
    const char *kind = value(q, "sr");
    char *resource, *text;

    if (strcmp(kind, "c") != 0 && strcmp(kind, "b") != 0 && strcmp(kind, "d") != 0) {
        *detail = "sr is mandatory. Cannot be empty";
        return "AuthenticationFailed";
    }
    if (strcmp(value(q, "sv"), "2018-11-09") < 0) {
        *detail = "sv is missing, or of a version that is not known here";
        return "AuthenticationFailed";
    }
    resource = signed_resource(pool, q, account->name, ask);
    if (!resource)
        return "AuthorizationResourceTypeMismatch";
    text = service_text(pool, q, resource);
    if (!signed_with(pool, account, text, value(q, "sig")))
        return mismatch(pool, text, detail);
    return ask->account_only ? "AuthorizationPermissionMismatch" : NULL;
}

static const char *check_account(struct pool *pool, const struct pairs *q,
                                 const struct resource *account, const struct sas_ask *ask,
                                 const char **detail)
{
    char *text = account_text(pool, q, account->name);

    if (!signed_with(pool, account, text, value(q, "sig")))
        return mismatch(pool, text, detail);
    if (!strchr(value(q, "ss"), 'b'))
        return "AuthorizationServiceMismatch";
    if (!strchr(value(q, "srt"), ask->type))
        return "AuthorizationResourceTypeMismatch";
    return NULL;
}

/* Everybody comes from 127.0.0.1 here. */
static bool address_fits(const char *range)
{
    unsigned low[4], high[4];
    int fields = sscanf(range, "%u.%u.%u.%u-%u.%u.%u.%u", &low[0], &low[1], &low[2], &low[3],
                        &high[0], &high[1], &high[2], &high[3]);
    static const unsigned own[] = {127, 0, 0, 1};
    int below = 0, above = 0;

    if (!*range)
        return true;
    for (int i = 0; i < 4 && fields >= 4; i++) {
        unsigned top = fields == 8 ? high[i] : low[i];

        below = below ? below : (low[i] > own[i]) - (low[i] < own[i]);
        above = above ? above : (own[i] > top) - (own[i] < top);
    }
    return fields >= 4 && below <= 0 && above <= 0;
}

static const char *check_limits(struct sim *sim, struct pool *pool, const struct pairs *q,
                                const struct sas_ask *ask, const char **detail)
{
    const char *fault = check_times(sim, pool, q, detail);

    if (fault)
        return fault;
    if (strcmp(value(q, "spr"), "https") == 0 && sim->options->no_tls)
        return "AuthorizationProtocolMismatch";
    if (!address_fits(value(q, "sip")))
        return "AuthorizationSourceIPMismatch";
    if (!strchr(value(q, "sp"), ask->permission) &&
        !(ask->also && strchr(value(q, "sp"), ask->also)))
        return "AuthorizationPermissionMismatch";
    return NULL;
}

const char *sas_check(struct sim *sim, struct pool *pool, const struct pairs *q,
                      const struct sas_ask *ask)
{
    const char *ignored, **detail = ask->detail ? ask->detail : &ignored, *fault;
    struct resource *account = account_find(sim, ask->account);

    if (starts_with(ask->account, "md-"))
        return disk_access_check(sim, q, ask, detail);
    if (!account)
        return "ResourceNotFound";
    if (!pairs_get(q, "sig"))
        return "NoAuthenticationInformation";
    if (json_is_false(dig(account->body, "properties.allowSharedKeyAccess")))
        return "KeyBasedAuthenticationNotPermitted";
    fault = pairs_get(q, "ss") ? check_account(pool, q, account, ask, detail)
                               : check_service(pool, q, account, ask, detail);
    return fault ? fault : check_limits(sim, pool, q, ask, detail);
}

static const char *asked(struct exchange *x, const char *name)
{
    const char *text = dig_text(x->q.json, name);

    return text ? text : "";
}

static void add(struct exchange *x, struct pairs *q, const char *name, const char *from)
{
    if (*asked(x, from))
        pairs_add(&x->pool, q, name, asked(x, from));
}

static char *join(struct exchange *x, const struct pairs *q)
{
    char *token = pool_text(&x->pool, "");

    for (size_t i = 0; i < q->count; i++)
        token = pool_print(&x->pool, "%s%s%s=%s", token, i ? "&" : "", q->list[i].name,
                           url_encode(&x->pool, q->list[i].value));
    return token;
}

static struct resource *signing_account(struct exchange *x)
{
    struct resource *account = store_find(x->sim, x->path.parent_key);

    if (account && account_key(account, 0))
        return account;
    refuse(x, account ? 409 : 404, account ? "StorageAccountIsNotProvisioned" : "ResourceNotFound",
           "The storage account '%s' is not there, or not yet provisioned.", x->path.name[0]);
    return NULL;
}

static const char *chosen_key(struct exchange *x, const struct resource *account)
{
    return account_key(account, same_text(asked(x, "keyToSign"), "key2"));
}

static int check_ask(struct exchange *x)
{
    if (*asked(x, "signedPermission") && parse_time(asked(x, "signedExpiry")) >= 0)
        return 0;
    return refuse(
        x, 400, "InvalidValuesForRequestParameters",
        "Values for request parameters are invalid: signedPermission and signedExpiry are "
        "wanted.");
}

int account_sas(struct exchange *x)
{
    struct resource *account = signing_account(x);
    struct pairs q = {0};

    if (!account || check_ask(x))
        return -1;
    pairs_add(&x->pool, &q, "sv", version);
    add(x, &q, "ss", "signedServices");
    add(x, &q, "srt", "signedResourceTypes");
    add(x, &q, "sp", "signedPermission");
    add(x, &q, "st", "signedStart");
    add(x, &q, "se", "signedExpiry");
    add(x, &q, "sip", "signedIp");
    add(x, &q, "spr", "signedProtocol");
    pairs_add(
        &x->pool, &q, "sig",
        storage_sign(&x->pool, chosen_key(x, account), account_text(&x->pool, &q, account->name)));
    return reply(x, 200, json_pack("{s:s}", "accountSasToken", join(x, &q)));
}

int account_service_sas(struct exchange *x)
{
    struct resource *account = signing_account(x);
    const char *resource = asked(x, "canonicalizedResource");
    struct pairs q = {0};

    if (!account || check_ask(x))
        return -1;
    if (!starts_with(resource, pool_print(&x->pool, "/blob/%s/", account->name)))
        return refuse(x, 400, "InvalidValuesForRequestParameters",
                      "Values for request parameters are invalid: canonicalizedResource must start "
                      "with /blob/%s/.",
                      account->name);
    pairs_add(&x->pool, &q, "sv", version);
    add(x, &q, "sr", "signedResource");
    add(x, &q, "sp", "signedPermission");
    add(x, &q, "st", "signedStart");
    add(x, &q, "se", "signedExpiry");
    add(x, &q, "sip", "signedIp");
    add(x, &q, "spr", "signedProtocol");
    add(x, &q, "si", "signedIdentifier");
    pairs_add(&x->pool, &q, "sig",
              storage_sign(&x->pool, chosen_key(x, account), service_text(&x->pool, &q, resource)));
    return reply(x, 200, json_pack("{s:s}", "serviceSasToken", join(x, &q)));
}
