/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys as operators bring them (PEM) and as key vaults take them (JWK, RFC 7518). */
#ifndef FLEXHOST_AZURE_RSA_KEY_H
#define FLEXHOST_AZURE_RSA_KEY_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

enum { RSA_FINGERPRINT = 72 };

struct rsa_key {
    int bits;
    char *n; /* the public part, base64url */
    char *e;
    json_t *secrets; /* {"d", "p", "q", "dp", "dq", "qi"}, base64url */
};

/* An unencrypted private RSA key of 2048, 3072 or 4096 bits in PEM (PKCS #1 or #8), whose numbers
 * fit one another. field: what an error names, such as "--private-key". */
int rsa_key_read(const char *field, const char *pem, size_t length, struct rsa_key *key,
                 struct error *err);
/* Overwrites what is secret. */
void rsa_key_clear(struct rsa_key *key);

/* "sha256:" and the digest of the public key's DER form (SubjectPublicKeyInfo), which `openssl pkey
 * -in FILE -pubout -outform DER | sha256sum` tells too. */
int rsa_key_fingerprint(const char *n, const char *e, char fingerprint[RSA_FINGERPRINT],
                        struct error *err);

#endif
