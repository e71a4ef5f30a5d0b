/* SPDX-License-Identifier: Apache-2.0 */
/* What plugins may ask the world, in the JSON that flexhost/plugin.h documents. The functions fit
 * struct plugin_services of plugin/call.h; their context is the client. */
#ifndef FLEXHOST_AZURE_SERVICES_H
#define FLEXHOST_AZURE_SERVICES_H

#include "azure/arm.h"
#include "base/error.h"

/* All return malloced text; NULL: err says why there is none. context: a struct arm. */
char *services_arm_get(void *context, const char *credential, const char *path,
                       const char *api_version, int *status, struct error *err);
/* A POST that only reads; what Azure works on for a while is awaited. body: JSON text, or NULL. */
char *services_arm_query(void *context, const char *credential, const char *path,
                         const char *api_version, const char *body, int *status, struct error *err);
char *services_dns_query(void *context, const char *server, const char *name, const char *type,
                         unsigned timeout_ms, struct error *err);
char *services_ntp_query(void *context, const char *server, unsigned timeout_ms, struct error *err);
/* length 0: only what HEAD tells. */
char *services_http_range(void *context, const char *url, unsigned long long offset,
                          unsigned length, int *status, struct error *err);
char *services_tcp_probe(void *context, const char *host, unsigned port, unsigned timeout_ms,
                         struct error *err);

#endif
