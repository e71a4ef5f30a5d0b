/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to blobs: without a token, because the URL is signed or open to everybody. */
#ifndef FLEXHOST_AZURE_BLOB_H
#define FLEXHOST_AZURE_BLOB_H

#include "azure/arm.h"
#include "base/transport.h"

enum { BLOB_HEADERS = 8 };

/* Borrowed until blob_send returns. */
struct blob_request {
    const char *method; /* a PUT must be one that may be sent twice */
    const char *url;
    struct http_header headers[BLOB_HEADERS]; /* the first without a name ends them */
    bool headers_only;                        /* as in http_request */
    size_t response_limit;                    /* the same */
};

/* The answer has its response. ARM_DONE: 2xx. ARM_REFUSED: any other answer; throttling, failures
 * of the service and answers that were lost are waited out, with the request sent again. */
uint64_t blob_send(struct arm *arm, const struct blob_request *request, arm_done *done,
                   void *context);

/* The URL with this added to its query; the caller wipes it. NULL without memory. */
char *blob_url(const char *url, const char *query);

#endif
