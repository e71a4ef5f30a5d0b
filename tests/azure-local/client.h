/* SPDX-License-Identifier: Apache-2.0 */
/* A client of azure-local for its tests: starts it, asks it, stops it. */
#ifndef AZURE_LOCAL_CLIENT_H
#define AZURE_LOCAL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TENANT          "11111111-1111-4111-8111-111111111111"
#define PARTNER_TENANT  "77777777-7777-4777-8777-777777777777"
#define MANAGED         "22222222-2222-4222-8222-222222222222"
#define CUSTOMER        "33333333-3333-4333-8333-333333333333"
#define PARTNER         "88888888-8888-4888-8888-888888888888"
#define HOST_CLIENT     "44444444-4444-4444-8444-444444444444"
#define CUSTOMER_CLIENT "55555555-5555-4555-8555-555555555555"
#define AUDITOR_CLIENT  "66666666-6666-4666-8666-666666666666"
#define HUB_CLIENT      "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"

struct local {
    pid_t pid;
    char folder[64];
    char base[64];
    char *host_token, *customer_token, *auditor_token;
};

struct got {
    int failure; /* a CURLcode: the connection broke */
    long status;
    char *body;
    size_t size;
    char *headers;
    json_t *json;
};

struct ask {
    const char *token; /* NULL: none */
    const char *method, *target;
    const char *body; /* JSON, unless `type` says otherwise */
    size_t size;      /* of a body that is no text; 0: it is one */
    const char *type;
    const char *headers; /* more of them, one a line */
};

/* Starts it with a clock of its own and, if `world` is not NULL, that text as its world. */
void local_start(struct local *local, const char *world, const char *option);
/* Ends it by SIGTERM; it must end well. */
void local_stop(struct local *local);
void local_ask(const struct local *local, const struct ask *ask, struct got *got);
void got_end(struct got *got);
/* The value of a header; NULL without it. Freed by the caller. */
char *got_header(const struct got *got, const char *name);
/* Tokens of the sample world's principals; NULL when refused. */
char *local_token(const struct local *local, const char *tenant, const char *client,
                  const char *secret);
void local_advance(const struct local *local, int seconds);
/* The body of GET on the control plane. */
json_t *local_look(const struct local *local, const char *target);
char *local_text(const struct local *local, const char *target);
void local_post(const struct local *local, const char *target, const char *body);
/* Replaces @S, @C, @H, @P, @G, @N, @M, @A by the ids of the sample world. Freed by the caller. */
char *expand(const char *text);

#endif
