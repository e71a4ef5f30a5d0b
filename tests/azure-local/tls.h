/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority of our own, made at start; its key never leaves memory. */
#ifndef AZURE_LOCAL_TLS_H
#define AZURE_LOCAL_TLS_H

struct tls {
    char *authority;   /* PEM */
    char *certificate; /* PEM, of 127.0.0.1 and localhost */
    char *key;         /* PEM, of the certificate */
};

/* 0, or -1 after printing why. */
int tls_make(struct tls *tls);
void tls_end(struct tls *tls);

#endif
