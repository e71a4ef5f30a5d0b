/* SPDX-License-Identifier: Apache-2.0 */
/* A URL in its parts, without what signs it. */
#include "plugin/url_parts.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The query member that is a secret itself: a signature is as good as a password. */
static bool signs(const char *name)
{
    return strcasecmp(name, "sig") == 0;
}

/* To libcurl a length of 0 means "up to the end of the text", and there stands what comes next. */
static char *decoded(const char *text, size_t length)
{
    return length ? curl_easy_unescape(NULL, text, (int)length, NULL) : NULL;
}

static void add_pair(json_t *query, const char *pair, size_t length, bool *is_signed)
{
    const char *equals = memchr(pair, '=', length);
    size_t name_length = equals ? (size_t)(equals - pair) : length;
    char *name = decoded(pair, name_length);
    char *value = equals ? decoded(equals + 1, length - name_length - 1) : NULL;
    if (name && signs(name))
        *is_signed = true;
    else if (name && *name)
        json_object_set_new(query, name, json_string(value ? value : ""));
    if (value)
        OPENSSL_cleanse(value, strlen(value));
    curl_free(name);
    curl_free(value);
}

static json_t *query_json(const char *text, bool *is_signed)
{
    json_t *query = json_object();
    while (text && *text) {
        size_t length = strcspn(text, "&");
        if (length)
            add_pair(query, text, length, is_signed);
        text += length + (text[length] == '&');
    }
    return query;
}

static char *part(CURLU *url, CURLUPart which, unsigned flags)
{
    char *text = NULL;
    return curl_url_get(url, which, &text, flags) == CURLUE_OK ? text : NULL;
}

static json_t *parts_json(CURLU *url)
{
    char *scheme = part(url, CURLUPART_SCHEME, 0);
    char *host = part(url, CURLUPART_HOST, 0);
    char *port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    char *path = part(url, CURLUPART_PATH, CURLU_URLDECODE);
    char *query = part(url, CURLUPART_QUERY, 0);
    bool is_signed = false;
    json_t *pairs = query_json(query, &is_signed);
    json_t *parts =
        scheme && host && port && path
            ? json_pack("{s:s, s:s, s:i, s:s, s:O, s:b}", "scheme", scheme, "host", host, "port",
                        atoi(port), "path", path, "query", pairs, "signed", is_signed)
            : NULL;
    json_decref(pairs);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    curl_free(query);
    return parts;
}

json_t *url_parts(const char *text)
{
    CURLU *url = curl_url();
    json_t *parts = NULL;
    char *user = NULL;
    if (url && curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        !(user = part(url, CURLUPART_USER, 0)))
        parts = parts_json(url);
    curl_free(user);
    curl_url_cleanup(url);
    return parts;
}
