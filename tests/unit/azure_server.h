/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server on a loopback port, with or without TLS, that behaves as the path says. */
#ifndef FLEXHOST_TESTS_UNIT_AZURE_SERVER_H
#define FLEXHOST_TESTS_UNIT_AZURE_SERVER_H

struct server;

/* tls: with a certificate of its own for 127.0.0.1, which is written to ca_file (PEM). */
struct server *server_start(int tls, const char *ca_file);
void server_stop(struct server *server);
int server_port(const struct server *server);
int server_connections(const struct server *server);
/* Requests read whole, and the most that were open at one time. */
int server_requests(const struct server *server);
int server_most_open(const struct server *server);

/* Paths: /hello, /echo (tells method, length and Authorization), /redirect, /missing (404), /big
 * (256 KiB), /half (breaks off), /cut (no answer), /cut-kept (no answer on a connection that has
 * served before, else 200), /slow (half a second), /headers (without end). */

#endif
