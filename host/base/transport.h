/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP exchanges as an interface: libcurl in production, a seeded world in the simulator. */
#ifndef FLEXHOST_BASE_TRANSPORT_H
#define FLEXHOST_BASE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header {
    const char *name;
    const char *value;
};

/* Everything is borrowed until submit() returns. */
struct http_request {
    const char *method;
    const char *url; /* absolute, http or https */
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* may be NULL */
    size_t body_length;
    int64_t timeout_ms;    /* of the whole exchange; 0: the transport's default */
    size_t response_limit; /* bytes of body accepted; 0: the transport's default (64 MiB) */
    bool headers_only; /* of a 2xx: the exchange ends once they are there, whatever body follows */
    int sink_fd; /* >= 0: a 2xx body goes to this file and is not kept in memory; -1: in memory */
};

enum transport_failure {
    TRANSPORT_OK = 0,
    TRANSPORT_NOT_SENT, /* the request never left: no connection, name not found, TLS refused */
    TRANSPORT_LOST,     /* it may have been carried out: no answer, or half of one */
    TRANSPORT_LOCAL     /* memory, a full disk at the sink, an answer over the limit */
};

/* Borrowed for the callback. */
struct http_response {
    enum transport_failure failure;
    const char *reason; /* a sentence when failure is not TRANSPORT_OK */
    int status;         /* 0 when there was no answer */
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* NUL-terminated, also when empty */
    size_t body_length;
    bool lasting; /* with TRANSPORT_NOT_SENT: asking again will not help (a certificate, the URL) */
};

typedef void http_done(void *context, const struct http_response *response);

struct transport;

struct transport_ops {
    /* Starts an exchange. done is called exactly once, from wait(), never from submit().
     * Returns 0, or -1 when there is no memory (then done is not called). */
    int (*submit)(struct transport *transport, const struct http_request *request, http_done *done,
                  void *context);
    /* Moves the exchanges on, calls what is done, returns after timeout_ms or earlier when anything
     * happened. */
    void (*wait)(struct transport *transport, int64_t timeout_ms);
    /* Forgets every exchange under way without calling back, and frees the transport. */
    void (*free)(struct transport *transport);
    /* Forgets the exchanges that were submitted with this context: done is not called, the sink is
     * not written any more. What has left may still be carried out. NULL: cannot. */
    void (*cancel)(struct transport *transport, void *context);
};

struct transport {
    const struct transport_ops *ops;
};

/* The value of a header, its name matched without case; NULL if absent. */
const char *http_response_header(const struct http_response *response, const char *name);

#endif
