/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over libcurl: every exchange on one thread, TLS always verified. */
#ifndef FLEXHOST_AZURE_TRANSPORT_CURL_H
#define FLEXHOST_AZURE_TRANSPORT_CURL_H

#include "base/error.h"
#include "base/transport.h"

#include <stdbool.h>
#include <stdint.h>

struct transport_curl_settings {
    const char *ca_file;        /* PEM, trusted beside the system's authorities; NULL: none */
    bool ca_file_only;          /* instead of them */
    int max_connections;        /* at once, in all and to one host; 0: 32 */
    int64_t connect_timeout_ms; /* 0: 10 s */
    int64_t timeout_ms;         /* of an exchange that names none; 0: 60 s */
    const char *user_agent;     /* NULL: flexhost/VERSION */
};

/* libcurl's global state: once, before the first transport and before any thread. */
int transport_curl_start(struct error *err);
void transport_curl_stop(void);

/* Free it with transport->ops->free. Plain http is refused unless the host is this machine or the
 * metadata address; redirects are never followed. */
struct transport *transport_curl_new(const struct transport_curl_settings *settings,
                                     struct error *err);

#endif
