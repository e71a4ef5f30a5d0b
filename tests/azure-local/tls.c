/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority of our own, and a certificate for the loopback address from it. */
#include "tls.h"

#include "pool.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS = 30 };

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    int good;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    good = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return good;
}

static int set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    BIGNUM *number;
    int good;

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return 0;
    bytes[0] &= 0x7f;
    number = BN_bin2bn(bytes, sizeof bytes, NULL);
    good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return good;
}

static X509 *start_certificate(EVP_PKEY *key, const char *name)
{
    X509 *certificate = X509_new();
    X509_NAME *subject;

    if (!certificate)
        return NULL;
    subject = X509_get_subject_name(certificate);
    if (!X509_set_version(certificate, 2) || !set_serial(certificate) ||
        !X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate), (long)DAYS * 86400) ||
        !X509_set_pubkey(certificate, key) ||
        !X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                    -1, 0)) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static X509 *make_authority(EVP_PKEY *key)
{
    X509 *authority = start_certificate(key, "azure-local test authority");

    if (authority && X509_set_issuer_name(authority, X509_get_subject_name(authority)) &&
        add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        add_extension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
        add_extension(authority, authority, NID_subject_key_identifier, "hash") &&
        X509_sign(authority, key, EVP_sha256()))
        return authority;
    X509_free(authority);
    return NULL;
}

static X509 *make_leaf(EVP_PKEY *key, X509 *authority, EVP_PKEY *authority_key)
{
    X509 *leaf = start_certificate(key, "127.0.0.1");

    if (leaf && X509_set_issuer_name(leaf, X509_get_subject_name(authority)) &&
        add_extension(leaf, authority, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(leaf, authority, NID_key_usage, "critical,digitalSignature") &&
        add_extension(leaf, authority, NID_ext_key_usage, "serverAuth") &&
        add_extension(leaf, authority, NID_authority_key_identifier, "keyid") &&
        add_extension(leaf, authority, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost") &&
        X509_sign(leaf, authority_key, EVP_sha256()))
        return leaf;
    X509_free(leaf);
    return NULL;
}

static char *drain(BIO *bio)
{
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    char *text = must_alloc((size_t)size + 1);

    memcpy(text, data, (size_t)size);
    text[size] = '\0';
    BIO_free(bio);
    return text;
}

static char *certificate_pem(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_X509(bio, certificate);
    return drain(bio);
}

static char *key_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    return drain(bio);
}

int tls_make(struct tls *tls)
{
    EVP_PKEY *authority_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *authority = authority_key ? make_authority(authority_key) : NULL;
    X509 *leaf = authority && key ? make_leaf(key, authority, authority_key) : NULL;

    if (leaf) {
        tls->authority = certificate_pem(authority);
        tls->certificate = certificate_pem(leaf);
        tls->key = key_pem(key);
    } else {
        fputs("azure-local: no certificate can be made:\n", stderr);
        ERR_print_errors_fp(stderr);
    }
    X509_free(leaf);
    X509_free(authority);
    EVP_PKEY_free(key);
    EVP_PKEY_free(authority_key);
    return leaf ? 0 : -1;
}

void tls_end(struct tls *tls)
{
    if (tls->key)
        OPENSSL_cleanse(tls->key, strlen(tls->key));
    free(tls->key);
    free(tls->certificate);
    free(tls->authority);
}
