/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses. libcurl takes them apart, so that what is checked is what is asked. */
#include "azure/url.h"

#include "base/text.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct url_parts {
    char *scheme;
    char *user;
    char *host;
    char *port;
};

static void parts_free(struct url_parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->user);
    curl_free(parts->host);
    curl_free(parts->port);
}

static bool parts_get(const char *url, struct url_parts *parts)
{
    memset(parts, 0, sizeof *parts);
    CURLU *handle = curl_url();
    bool ok = handle && curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(handle, CURLUPART_SCHEME, &parts->scheme, 0) == CURLUE_OK &&
              curl_url_get(handle, CURLUPART_HOST, &parts->host, 0) == CURLUE_OK &&
              curl_url_get(handle, CURLUPART_PORT, &parts->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    if (ok)
        curl_url_get(handle, CURLUPART_USER, &parts->user, 0);
    curl_url_cleanup(handle);
    if (!ok) {
        parts_free(parts);
        memset(parts, 0, sizeof *parts);
    }
    return ok;
}

bool url_is_absolute(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0;
}

bool url_is_plain(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0;
}

char *url_join(const char *base, const char *path, const char *api_version)
{
    struct text url = {0};
    if (!url_is_absolute(path)) {
        size_t length = strlen(base);
        while (length > 0 && base[length - 1] == '/')
            length--;
        text_append(&url, base, length);
    }
    text_add(&url, path);
    if (api_version && !strstr(path, "api-version="))
        text_printf(&url, "%capi-version=%s", strchr(path, '?') ? '&' : '?', api_version);
    return text_take(&url);
}

static bool is_number_host(const char *host)
{
    return host[0] == '[' || host[strspn(host, "0123456789.")] == '\0';
}

static bool is_host_below(const char *host, const char *base)
{
    size_t length = strlen(host), base_length = strlen(base);
    if (strcasecmp(host, base) == 0)
        return true;
    return !is_number_host(base) && length > base_length + 1 &&
           host[length - base_length - 1] == '.' &&
           strcasecmp(host + length - base_length, base) == 0;
}

bool url_is_below(const char *url, const char *base)
{
    struct url_parts there, ours;
    if (!url_is_absolute(url) || !parts_get(url, &there))
        return false;
    bool below = false;
    if (parts_get(base, &ours)) {
        below = !there.user && strcasecmp(there.scheme, ours.scheme) == 0 &&
                strcmp(there.port, ours.port) == 0 && is_host_below(there.host, ours.host);
        parts_free(&ours);
    }
    parts_free(&there);
    return below;
}

static bool is_loopback_host(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && is_number_host(host));
}

bool url_is_loopback(const char *url)
{
    struct url_parts parts;
    if (!parts_get(url, &parts))
        return false;
    bool loopback = is_loopback_host(parts.host);
    parts_free(&parts);
    return loopback;
}

bool url_is_metadata(const char *url)
{
    struct url_parts parts;
    if (!parts_get(url, &parts))
        return false;
    bool metadata = strcmp(parts.host, "169.254.169.254") == 0;
    parts_free(&parts);
    return metadata;
}

int url_check_endpoint(const char *url, const char *field, struct error *err)
{
    struct url_parts parts;
    if (!url_is_absolute(url) || !parts_get(url, &parts))
        return error_set(err, ERROR_USAGE, field,
                         "%s must be an https URL, such as https://management.azure.com, not '%s'",
                         field, url);
    bool user = parts.user != NULL;
    parts_free(&parts);
    if (user)
        return error_set(err, ERROR_USAGE, field,
                         "%s must not hold a user name or password: remove what stands before the "
                         "'@'",
                         field);
    if (url_is_plain(url) && !url_is_loopback(url) && !url_is_metadata(url))
        return error_set(err, ERROR_USAGE, field,
                         "%s must be an https URL: '%s' would send tokens unencrypted, and plain "
                         "http is for this machine only (127.0.0.1, ::1, localhost)",
                         field, url);
    return 0;
}

/* Names whose values tell no secret. All others are hidden: a SAS, or the signed query of a status
 * URL, has many names. */
static bool is_open_parameter(const char *name, size_t length)
{
    static const char *const open[] = {"api-version", "$expand",    "$filter",
                                       "$top",        "statusOnly", "syncRemoteAddressSpace",
                                       "comp",        "restype"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (strlen(open[i]) == length && strncmp(open[i], name, length) == 0)
            return true;
    return false;
}

char *url_for_trace(const char *url)
{
    struct text shown = {0};
    size_t length = strcspn(url, "?#");
    text_append(&shown, url, length);
    const char *rest = url + length;
    while (*rest == '?' || *rest == '&') {
        size_t piece = 1 + strcspn(rest + 1, "&#");
        size_t name = 1 + strcspn(rest + 1, "=&#");
        if (is_open_parameter(rest + 1, name - 1)) {
            text_append(&shown, rest, piece);
        } else {
            text_append(&shown, rest, name < piece ? name + 1 : 1);
            text_add(&shown, "…");
        }
        rest += piece;
    }
    return text_take(&shown);
}

char *url_host(const char *url)
{
    struct url_parts parts;
    if (!parts_get(url, &parts))
        return NULL;
    char *host = strdup(parts.host);
    parts_free(&parts);
    return host;
}

char *url_encode(const char *value)
{
    struct text encoded = {.secret = true}; /* it may be one */
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (isalnum(c) || strchr("-._~", c))
            text_append(&encoded, value, 1);
        else
            text_printf(&encoded, "%%%02X", c);
    }
    return text_take(&encoded);
}
