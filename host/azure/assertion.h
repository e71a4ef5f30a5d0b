/* SPDX-License-Identifier: Apache-2.0 */
/* The signed assertion by which an application with a certificate signs in. */
#ifndef FLEXHOST_AZURE_ASSERTION_H
#define FLEXHOST_AZURE_ASSERTION_H

#include "base/clock.h"
#include "base/error.h"

#include <stddef.h>

/* A JWT, PS256, that the certificate's thumbprint names. pem: certificate and private key in any
 * order. *jwt is malloced. */
int assertion_make(const char *pem, size_t pem_length, const char *token_url, const char *client_id,
                   struct clock *clock, char **jwt, struct error *err);

#endif
