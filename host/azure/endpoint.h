/* SPDX-License-Identifier: Apache-2.0 */
/* A server that somebody named: an address, never a name, so that which one is asked depends on no
 * other server. */
#ifndef FLEXHOST_AZURE_ENDPOINT_H
#define FLEXHOST_AZURE_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

struct endpoint {
    struct sockaddr_storage address;
    socklen_t length;
};

/* "10.0.0.4", "10.0.0.4:5353", "fd00::4", "[fd00::4]" or "[fd00::4]:5353"; without a port it is
 * `port`. false: it is none of these. */
bool endpoint_read(const char *text, unsigned port, struct endpoint *endpoint);

#endif
