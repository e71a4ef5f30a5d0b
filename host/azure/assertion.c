/* SPDX-License-Identifier: Apache-2.0 */
/* A client assertion (RFC 7523) as Microsoft Entra ID wants it: PS256 and x5t#S256. */
#include "azure/assertion.h"

#include "base/text.h"
#include "base/uuid.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIFE_S = 600,
    CLOCK_SKEW_S = 30 /* a clock that is a little ahead must not make it "not yet valid" */
};

static char *base64url(const unsigned char *data, size_t length)
{
    char *text = malloc(4 * ((length + 2) / 3) + 1);
    if (!text)
        return NULL;
    int size = EVP_EncodeBlock((unsigned char *)text, data, (int)length);
    while (size > 0 && text[size - 1] == '=')
        text[--size] = '\0';
    for (char *at = text; *at; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
    return text;
}

/* A password would be asked at the terminal otherwise. */
static int no_password(char *buffer, int size, int writing, void *context)
{
    return 0;
}

static int read_certificate(const char *pem, size_t length, X509 **certificate, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    *certificate = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    if (!*certificate)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "the PEM holds no certificate (-----BEGIN CERTIFICATE-----): put the "
                         "certificate and its private key into one file");
    return 0;
}

static int read_key(const char *pem, size_t length, EVP_PKEY **key, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    if (!*key)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "the PEM holds no private key, or one under a password: remove the "
                         "password with openssl pkey and keep the file readable by its owner only");
    return 0;
}

static int check_pair(X509 *certificate, EVP_PKEY *key, time_t now, struct error *err)
{
    if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "the private key is not an RSA key, which is what Microsoft Entra ID "
                         "takes: make a certificate with openssl req -newkey rsa:2048");
    if (X509_check_private_key(certificate, key) != 1)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "the private key does not belong to the certificate beside it: put a pair "
                         "into the PEM");
    if (X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "the certificate has expired: make a new one and upload it to the "
                         "application's registration");
    return 0;
}

static char *encode_json(json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    char *encoded = text ? base64url((const unsigned char *)text, strlen(text)) : NULL;
    free(text);
    json_decref(object);
    return encoded;
}

static char *make_header(X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
        return NULL;
    char *thumbprint = base64url(digest, length);
    char *header = thumbprint ? encode_json(json_pack("{ss ss ss}", "alg", "PS256", "typ", "JWT",
                                                      "x5t#S256", thumbprint))
                              : NULL;
    free(thumbprint);
    return header;
}

static char *make_claims(const char *token_url, const char *client_id, struct clock *clock)
{
    char id[UUID_TEXT];
    uuid_v7(clock, id);
    json_int_t now = clock_wall(clock) / 1000;
    return encode_json(json_pack("{ss ss ss ss sI sI sI}", "aud", token_url, "iss", client_id,
                                 "sub", client_id, "jti", id, "nbf", now - CLOCK_SKEW_S, "iat", now,
                                 "exp", now + LIFE_S));
}

static char *sign(const char *text, EVP_PKEY *key)
{
    unsigned char *signature = NULL;
    size_t length = 0;
    char *encoded = NULL;
    EVP_PKEY_CTX *options = NULL; /* belongs to the context */
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context && EVP_DigestSignInit(context, &options, EVP_sha256(), NULL, key) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1 &&
        EVP_DigestSign(context, NULL, &length, (const unsigned char *)text, strlen(text)) == 1 &&
        (signature = malloc(length)) &&
        EVP_DigestSign(context, signature, &length, (const unsigned char *)text, strlen(text)) == 1)
        encoded = base64url(signature, length);
    free(signature);
    EVP_MD_CTX_free(context);
    return encoded;
}

static char *join_jwt(char *header, char *claims, EVP_PKEY *key)
{
    char *unsigned_part = header && claims ? text_format("%s.%s", header, claims) : NULL;
    char *signature = unsigned_part ? sign(unsigned_part, key) : NULL;
    char *jwt = signature ? text_format("%s.%s", unsigned_part, signature) : NULL;
    free(header);
    free(claims);
    free(unsigned_part);
    free(signature);
    return jwt;
}

int assertion_make(const char *pem, size_t pem_length, const char *token_url, const char *client_id,
                   struct clock *clock, char **jwt, struct error *err)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    int result = -1;
    *jwt = NULL;
    if (read_certificate(pem, pem_length, &certificate, err) != 0 ||
        read_key(pem, pem_length, &key, err) != 0 ||
        check_pair(certificate, key, (time_t)(clock_wall(clock) / 1000), err) != 0)
        goto out;
    *jwt = join_jwt(make_header(certificate), make_claims(token_url, client_id, clock), key);
    result = *jwt ? 0
                  : error_set(err, ERROR_CREDENTIALS, NULL,
                              "the private key does not sign: is it at least 2048 bits long?");
out:
    X509_free(certificate);
    EVP_PKEY_free(key);
    return result;
}
