/* SPDX-License-Identifier: Apache-2.0 */
/* Shared access signatures: made for who may list keys, and really checked. */
#include "storage.h"

#include "text.h"
#include "world.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <string.h>

static const char version[] = "2021-12-02";

static char *sign(struct pool *pool, const char *key, const char *text)
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
        const char *good = key ? sign(pool, key, text) : "";

        if (*good && strlen(good) == strlen(signature) &&
            CRYPTO_memcmp(good, signature, strlen(good)) == 0)
            return true;
    }
    return false;
}

/* The client's clock may run a little ahead. */
static const char *check_times(const struct sim *sim, const struct pairs *q)
{
    int64_t now = clock_calendar(&sim->clock);
    const char *start = value(q, "st");
    int64_t end = parse_time(value(q, "se"));

    if (end < 0 || (*start && parse_time(start) < 0))
        return "AuthenticationFailed";
    if (end <= now || (*start && parse_time(start) > now + 1000))
        return "AuthenticationFailed";
    return NULL;
}

static const char *check_service(struct pool *pool, const struct pairs *q,
                                 const struct resource *account, const struct sas_ask *ask)
{
    const char *kind = value(q, "sr");
    bool whole = strcmp(kind, "c") == 0;
    char *resource;

    if (!whole && strcmp(kind, "b") != 0)
        return "AuthenticationFailed";
    if (!whole && !ask->blob)
        return "AuthorizationResourceTypeMismatch";
    resource = whole ? pool_print(pool, "/blob/%s/%s", account->name, ask->container)
                     : pool_print(pool, "/blob/%s/%s/%s", account->name, ask->container, ask->blob);
    if (!signed_with(pool, account, service_text(pool, q, resource), value(q, "sig")))
        return "AuthenticationFailed";
    return NULL;
}

static const char *check_account(struct pool *pool, const struct pairs *q,
                                 const struct resource *account, const struct sas_ask *ask)
{
    if (!signed_with(pool, account, account_text(pool, q, account->name), value(q, "sig")))
        return "AuthenticationFailed";
    if (!strchr(value(q, "ss"), 'b'))
        return "AuthorizationServiceMismatch";
    if (!strchr(value(q, "srt"), ask->blob ? 'o' : 'c'))
        return "AuthorizationResourceTypeMismatch";
    return NULL;
}

const char *sas_check(struct sim *sim, struct pool *pool, const struct pairs *q,
                      const struct sas_ask *ask)
{
    struct resource *account = account_find(sim, ask->account);
    const char *fault;

    if (!account)
        return "ResourceNotFound";
    if (!pairs_get(q, "sig"))
        return "NoAuthenticationInformation";
    fault = pairs_get(q, "ss") ? check_account(pool, q, account, ask)
                               : check_service(pool, q, account, ask);
    if (!fault && strcmp(value(q, "spr"), "https") == 0 && sim->options->no_tls)
        fault = "AuthorizationProtocolMismatch";
    if (!fault)
        fault = check_times(sim, q);
    if (!fault && !strchr(value(q, "sp"), ask->permission) &&
        !(ask->also && strchr(value(q, "sp"), ask->also)))
        fault = "AuthorizationPermissionMismatch";
    return fault;
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
    pairs_add(&x->pool, &q, "sig",
              sign(&x->pool, chosen_key(x, account), account_text(&x->pool, &q, account->name)));
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
              sign(&x->pool, chosen_key(x, account), service_text(&x->pool, &q, resource)));
    return reply(x, 200, json_pack("{s:s}", "serviceSasToken", join(x, &q)));
}
