/* SPDX-License-Identifier: Apache-2.0 */
/* A client with a certificate, for the tests. */
#include "signer.h"

#include "client.h"

#include <check.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

char *signer_start(struct signer *signer)
{
    char *world = NULL;
    FILE *file;
    int fd;

    signer->key = EVP_RSA_gen(2048);
    signer->certificate = X509_new();
    ck_assert_ptr_nonnull(signer->key);
    ASN1_INTEGER_set(X509_get_serialNumber(signer->certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(signer->certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(signer->certificate), 3600);
    X509_set_pubkey(signer->certificate, signer->key);
    ck_assert_int_gt(X509_sign(signer->certificate, signer->key, EVP_sha256()), 0);
    strcpy(signer->file, "/tmp/azure-local-signer.XXXXXX");
    fd = mkstemp(signer->file);
    file = fdopen(fd, "w");
    ck_assert(file && PEM_write_X509(file, signer->certificate) && fclose(file) == 0);
    ck_assert_int_gt(asprintf(&world,
                              "[tenant \"contoso\"]\nid = " TENANT "\n[principal \"signer\"]\n"
                              "client-id = " HOST_CLIENT "\ntenant = contoso\ncertificate = %s\n",
                              signer->file),
                     0);
    return world;
}

void signer_end(struct signer *signer, char *world)
{
    unlink(signer->file);
    EVP_PKEY_free(signer->key);
    X509_free(signer->certificate);
    free(world);
}

static char *url_base64(const void *data, size_t size)
{
    char *out = malloc((size + 2) / 3 * 4 + 1);

    EVP_EncodeBlock((unsigned char *)out, data, (int)size);
    for (char *at = out; *at; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at == '=' ? '\0' : *at;
    return out;
}

static char *sign(struct signer *signer, const char *text, bool pss)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options;
    unsigned char signature[512];
    size_t size = sizeof signature;

    ck_assert_int_eq(EVP_DigestSignInit(context, &options, EVP_sha256(), NULL, signer->key), 1);
    if (pss) {
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    ck_assert_int_eq(
        EVP_DigestSign(context, signature, &size, (const unsigned char *)text, strlen(text)), 1);
    EVP_MD_CTX_free(context);
    return url_base64(signature, size);
}

static char *make_head(struct signer *signer, enum signed_how how)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size;
    char *thumb, *text = NULL, *head;

    ck_assert_int_eq(X509_digest(signer->certificate, EVP_sha256(), digest, &size), 1);
    thumb = url_base64(digest, size);
    ck_assert_int_gt(asprintf(&text, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"%s\":\"%s\"}",
                              how == SIGNED_WELL_RS256 ? "RS256" : "PS256",
                              how == SIGNED_WITHOUT_THUMB ? "kid" : "x5t#S256", thumb),
                     0);
    head = url_base64(text, strlen(text));
    free(thumb);
    free(text);
    return head;
}

static char *make_claims(const char *base, enum signed_how how)
{
    long now = (long)time(NULL);
    char *text = NULL, *claims;

    ck_assert_int_gt(asprintf(&text,
                              "{\"aud\":\"%s/%s/oauth2/v2.0/token\",\"iss\":\"" HOST_CLIENT
                              "\",\"sub\":\"" HOST_CLIENT
                              "\",\"jti\":\"1\",\"nbf\":%ld,\"iat\":%ld,\"exp\":%ld}",
                              how == SIGNED_FOR_ANOTHER ? "https://elsewhere" : base, TENANT,
                              now - 900, now - 900, how == SIGNED_TOO_LATE ? now - 10 : now + 300),
                     0);
    claims = url_base64(text, strlen(text));
    free(text);
    return claims;
}

char *signer_form(struct signer *signer, const char *base, enum signed_how how)
{
    char *head = make_head(signer, how), *claims = make_claims(base, how);
    char *text = NULL, *signature, *form = NULL;

    ck_assert_int_gt(asprintf(&text, "%s.%s", head, claims), 0);
    signature =
        sign(signer, how == SIGNED_BADLY ? "something else" : text, how != SIGNED_WELL_RS256);
    ck_assert_int_gt(
        asprintf(&form,
                 "grant_type=client_credentials&client_id=" HOST_CLIENT
                 "&scope=https%%3A%%2F%%2Fmanagement.azure.com%%2F.default&client_assertion_type="
                 "urn%%3Aietf%%3Aparams%%3Aoauth%%3Aclient-assertion-type%%3Ajwt-bearer&"
                 "client_assertion=%s.%s",
                 text, signature),
        0);
    free(head);
    free(claims);
    free(text);
    free(signature);
    return form;
}
