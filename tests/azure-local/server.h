/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over TLS on the loopback address. */
#ifndef AZURE_LOCAL_SERVER_H
#define AZURE_LOCAL_SERVER_H

#include "sim.h"
#include "tls.h"

struct server;

/* NULL after printing why. `tls` is NULL for plain HTTP. */
struct server *server_start(struct sim *sim, const struct tls *tls, int port);
int server_port(const struct server *server);
/* Serves until a byte can be read from `stop`. */
void server_run(struct server *server, int stop);
void server_end(struct server *server);

#endif
