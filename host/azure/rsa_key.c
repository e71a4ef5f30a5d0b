/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys: from PEM to the numbers of a JWK. */
/* What OpenSSL 3 calls old is all that 1.1.1 has. */
#define OPENSSL_API_COMPAT 0x10101000L

#include "azure/rsa_key.h"

#include "base/digest.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_BITS = 4096, LARGEST = 1 + LARGEST_BITS / 8 };

/* ---- base64url ---- */

/* The caller wipes it if need be. NULL without memory. */
static char *encode(const unsigned char *data, size_t length)
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

static BIGNUM *decode(const char *text)
{
    char padded[4 * ((LARGEST + 2) / 3) + 4];
    unsigned char data[sizeof padded];
    size_t length = strlen(text), digits = length;
    if (length == 0 || length % 4 == 1 || length + 4 > sizeof padded)
        return NULL;
    memcpy(padded, text, length);
    while (length % 4)
        padded[length++] = '=';
    for (size_t i = 0; i < digits; i++)
        padded[i] = (char)(padded[i] == '-' ? '+' : padded[i] == '_' ? '/' : padded[i]);
    int size = EVP_DecodeBlock(data, (const unsigned char *)padded, (int)length);
    return size < 0 ? NULL : BN_bin2bn(data, size - (int)(length - digits), NULL);
}

static char *encode_number(const BIGNUM *number)
{
    unsigned char data[LARGEST];
    int length = BN_bn2bin(number, data);
    char *text = encode(data, (size_t)length);
    OPENSSL_cleanse(data, sizeof data);
    return text;
}

/* ---- reading ---- */

/* A password would be asked at the terminal otherwise. */
static int no_password(char *buffer, int size, int writing, void *context)
{
    return 0;
}

static int refuse(const char *field, const char *what, struct error *err)
{
    return error_set(err, ERROR_USAGE, field, "%s: %s", field, what);
}

static int refuse_unreadable(const char *field, const char *pem, struct error *err)
{
    if (!strstr(pem, "-----BEGIN "))
        return refuse(field,
                      "is not PEM: give a file that begins with -----BEGIN PRIVATE KEY----- "
                      "(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072)",
                      err);
    if (strstr(pem, "ENCRYPTED"))
        return refuse(field,
                      "the PEM is encrypted with a password: give it unencrypted, as openssl pkey "
                      "-in FILE prints it; it is not kept",
                      err);
    if (!strstr(pem, "PRIVATE KEY-----"))
        return refuse(field,
                      strstr(pem, "PUBLIC KEY-----")
                          ? "is a public key only: Azure encrypts with the private one, give that"
                          : "the PEM holds no private key (-----BEGIN PRIVATE KEY-----)",
                      err);
    return refuse(field, "the PEM is damaged: its private key cannot be read", err);
}

static int check(const char *field, EVP_PKEY *pair, struct error *err)
{
    if (EVP_PKEY_base_id(pair) != EVP_PKEY_RSA)
        return refuse(field,
                      "is not an RSA key, and Azure encrypts disks with RSA keys alone: make one "
                      "with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
                      err);
    int bits = EVP_PKEY_bits(pair);
    if (bits != 2048 && bits != 3072 && bits != LARGEST_BITS)
        return error_set(
            err, ERROR_USAGE, field,
            "%s: the key has %d bits, and Azure takes 2048, 3072 or 4096: make another", field,
            bits);
    return 0;
}

static int check_numbers(const char *field, RSA *rsa, struct error *err)
{
    if (RSA_get_multi_prime_extra_count(rsa) > 0)
        return refuse(field, "the key has more than two primes, which a vault does not take", err);
    if (!RSA_get0_e(rsa) || !BN_is_odd(RSA_get0_e(rsa)) || BN_num_bits(RSA_get0_e(rsa)) < 2 ||
        BN_num_bits(RSA_get0_e(rsa)) > 64)
        return refuse(field,
                      "the key's public exponent is not an odd number of 3 or more and of 64 bits "
                      "at most: make a key with the usual 65537",
                      err);
    if (RSA_check_key(rsa) != 1)
        return refuse(field, "the key's numbers do not fit one another: it is damaged", err);
    return 0;
}

static int put(json_t *secrets, const char *name, const BIGNUM *number)
{
    char *text = number ? encode_number(number) : NULL;
    int result = text ? json_object_set_new(secrets, name, json_string(text)) : -1;
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    return result;
}

static int take(const RSA *rsa, struct rsa_key *key, struct error *err)
{
    key->bits = RSA_bits(rsa);
    key->n = encode_number(RSA_get0_n(rsa));
    key->e = encode_number(RSA_get0_e(rsa));
    key->secrets = json_object();
    if (!key->n || !key->e || put(key->secrets, "d", RSA_get0_d(rsa)) != 0 ||
        put(key->secrets, "p", RSA_get0_p(rsa)) != 0 ||
        put(key->secrets, "q", RSA_get0_q(rsa)) != 0 ||
        put(key->secrets, "dp", RSA_get0_dmp1(rsa)) != 0 ||
        put(key->secrets, "dq", RSA_get0_dmq1(rsa)) != 0 ||
        put(key->secrets, "qi", RSA_get0_iqmp(rsa)) != 0)
        return error_no_memory(err);
    return 0;
}

int rsa_key_read(const char *field, const char *pem, size_t length, struct rsa_key *key,
                 struct error *err)
{
    memset(key, 0, sizeof *key);
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    EVP_PKEY *pair = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    if (!pair)
        return refuse_unreadable(field, pem, err);
    RSA *rsa = NULL; /* a copy of its own: 3.0 gives the inner one for reading alone */
    int result = check(field, pair, err);
    if (result == 0 && !(rsa = EVP_PKEY_get1_RSA(pair)))
        result = error_no_memory(err);
    if (result == 0)
        result = check_numbers(field, rsa, err);
    if (result == 0)
        result = take(rsa, key, err);
    RSA_free(rsa);
    EVP_PKEY_free(pair);
    if (result < 0)
        rsa_key_clear(key);
    return result;
}

void rsa_key_clear(struct rsa_key *key)
{
    const char *name;
    json_t *value;
    json_object_foreach(key->secrets, name, value)
        OPENSSL_cleanse((char *)json_string_value(value), json_string_length(value));
    json_decref(key->secrets);
    free(key->n);
    free(key->e);
    memset(key, 0, sizeof *key);
}

/* ---- the fingerprint ---- */

static RSA *public_key(const char *n, const char *e)
{
    BIGNUM *modulus = decode(n), *exponent = decode(e);
    RSA *rsa = modulus && exponent ? RSA_new() : NULL;
    if (rsa && RSA_set0_key(rsa, modulus, exponent, NULL) == 1)
        return rsa;
    RSA_free(rsa);
    BN_free(modulus);
    BN_free(exponent);
    return NULL;
}

int rsa_key_fingerprint(const char *n, const char *e, char fingerprint[RSA_FINGERPRINT],
                        struct error *err)
{
    RSA *rsa = n && e ? public_key(n, e) : NULL;
    if (!rsa)
        return error_set(err, ERROR_AZURE, NULL, "the vault's answer holds no RSA key");
    unsigned char *der = NULL;
    int length = i2d_RSA_PUBKEY(rsa, &der);
    char hex[DIGEST_HEX];
    int result = length > 0 ? digest_text((const char *)der, (size_t)length, hex) : -1;
    if (result == 0)
        snprintf(fingerprint, RSA_FINGERPRINT, "sha256:%s", hex);
    OPENSSL_free(der);
    RSA_free(rsa);
    return result == 0 ? 0 : error_no_memory(err);
}
