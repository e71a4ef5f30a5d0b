/* SPDX-License-Identifier: Apache-2.0 */
/* Client assertions: PS256 and RS256 signatures, and the claims that the authority wants. */
#include "assertion.h"

#include "text.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>

struct parts {
    json_t *head, *claims;
    const unsigned char *signature;
    size_t signature_size, signed_size;
};

static json_t *decode_json(struct pool *pool, const char *text, size_t length)
{
    size_t size;
    unsigned char *plain = base64_decode(pool, text, length, &size);

    return plain ? json_loadb((char *)plain, size, 0, NULL) : NULL;
}

static int split(struct pool *pool, const char *text, struct parts *parts)
{
    const char *first = strchr(text, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;

    if (!second)
        return -1;
    parts->head = decode_json(pool, text, (size_t)(first - text));
    parts->claims = decode_json(pool, first + 1, (size_t)(second - first - 1));
    parts->signature = base64_decode(pool, second + 1, strlen(second + 1), &parts->signature_size);
    parts->signed_size = (size_t)(second - text);
    return parts->head && parts->claims && parts->signature ? 0 : -1;
}

static bool verify(const struct principal *who, const char *text, const struct parts *parts)
{
    const char *algorithm = dig_text(parts->head, "alg");
    bool pss = algorithm && strcmp(algorithm, "PS256") == 0;
    EVP_PKEY *key = X509_get0_pubkey(who->certificate);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    bool good = false;

    if (!context || !algorithm || (!pss && strcmp(algorithm, "RS256") != 0))
        goto end;
    if (EVP_DigestVerifyInit(context, &options, EVP_sha256(), NULL, key) != 1)
        goto end;
    if (pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
        goto end;
    good = EVP_DigestVerify(context, parts->signature, parts->signature_size,
                            (const unsigned char *)text, parts->signed_size) == 1;
end:
    EVP_MD_CTX_free(context);
    return good;
}

static bool names_certificate(struct pool *pool, const struct principal *who, const json_t *head)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned int size;
    const char *wide = dig_text(head, "x5t#S256"), *narrow = dig_text(head, "x5t");

    if (wide && X509_digest(who->certificate, EVP_sha256(), digest, &size))
        return strcmp(wide, base64url_encode(pool, digest, size)) == 0;
    if (narrow && X509_digest(who->certificate, EVP_sha1(), digest, &size))
        return strcmp(narrow, base64url_encode(pool, digest, size)) == 0;
    return false;
}

static const char *fault_of_claims(struct exchange *x, const struct principal *who,
                                   const json_t *claims)
{
    const char *issuer = dig_text(claims, "iss"), *subject = dig_text(claims, "sub");
    const char *audience = dig_text(claims, "aud");
    int64_t now = clock_calendar(&x->sim->clock) / 1000;
    int64_t expires = json_integer_value(json_object_get(claims, "exp"));
    int64_t from = json_integer_value(json_object_get(claims, "nbf"));

    if (!same_text(issuer, who->client_id) || !same_text(subject, who->client_id))
        return "The 'iss' and 'sub' claims must be the client id.";
    if (!audience ||
        !starts_with(audience, pool_print(&x->pool, "%s/%s/", x->sim->base, who->tenant)))
        return "The 'aud' claim must be the URL of the token endpoint.";
    if (!dig_text(claims, "jti"))
        return "The 'jti' claim is missing.";
    if (expires <= now || expires > now + 86400)
        return "The assertion is not within its valid time range ('exp').";
    if (from > now + 300)
        return "The assertion is not within its valid time range ('nbf').";
    return NULL;
}

int assertion_check(struct exchange *x, const struct principal *who, const char *assertion,
                    char *why, size_t size)
{
    struct parts parts = {0};
    const char *fault = NULL;

    if (!who->certificate)
        fault = "No certificate is registered for the application.";
    else if (split(&x->pool, assertion, &parts))
        fault = "The assertion is no JSON web token.";
    else if (!names_certificate(&x->pool, who, parts.head))
        fault = "The key was not found: 'x5t#S256' does not name the registered certificate.";
    else if (!verify(who, assertion, &parts))
        fault = "The signature is wrong.";
    else
        fault = fault_of_claims(x, who, parts.claims);
    json_decref(parts.head);
    json_decref(parts.claims);
    if (fault)
        snprintf(why, size, "%s", fault);
    return fault ? -1 : 0;
}
