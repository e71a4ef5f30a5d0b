/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: what they may be before a token goes there, and how they are shown. */
#ifndef FLEXHOST_AZURE_URL_H
#define FLEXHOST_AZURE_URL_H

#include "base/error.h"

#include <stdbool.h>

/* base without its last '/', path ("/…", or an absolute URL that is kept), and the api-version if
 * it is not NULL and not there yet. NULL without memory. */
char *url_join(const char *base, const char *path, const char *api_version);

/* Whether a token meant for `base` may be sent to `url`: same scheme and port, the same host or a
 * host below it (westus.management.azure.com), no user information. */
bool url_is_below(const char *url, const char *base);

bool url_is_absolute(const char *url);
bool url_is_plain(const char *url); /* http:// */
/* 127.0.0.0/8, ::1 or localhost. */
bool url_is_loopback(const char *url);
/* The address of Azure's instance metadata service. */
bool url_is_metadata(const char *url);

/* Refuses an endpoint that is not https, unless it is http on this machine, or the metadata
 * address. field: "[azure] authority". */
int url_check_endpoint(const char *url, const char *field, struct error *err);

/* For people: values of the query are shown only where they are known to be no secret. NULL without
 * memory. */
char *url_for_trace(const char *url);

/* The host of a URL, for messages; NULL without memory or when it is no URL. */
char *url_host(const char *url);

/* Percent-encodes all but unreserved characters. NULL without memory. */
char *url_encode(const char *value);

#endif
