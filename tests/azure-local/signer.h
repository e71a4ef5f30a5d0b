/* SPDX-License-Identifier: Apache-2.0 */
/* A client with a certificate, for the tests: a world that knows it, and assertions good and bad.
 */
#ifndef AZURE_LOCAL_SIGNER_H
#define AZURE_LOCAL_SIGNER_H

#include <openssl/evp.h>
#include <openssl/x509.h>

enum signed_how {
    SIGNED_WELL,
    SIGNED_WELL_RS256,
    SIGNED_TOO_LATE,      /* it has expired */
    SIGNED_FOR_ANOTHER,   /* another audience */
    SIGNED_BADLY,         /* the signature is of something else */
    SIGNED_WITHOUT_THUMB, /* no certificate is named */
    SIGNED_COUNT
};

struct signer {
    EVP_PKEY *key;
    X509 *certificate;
    char file[64];
};

/* Writes the certificate to a file; the world's text. */
char *signer_start(struct signer *signer);
void signer_end(struct signer *signer, char *world);
/* The body of a token request. Freed by the caller. */
char *signer_form(struct signer *signer, const char *base, enum signed_how how);

#endif
