/* SPDX-License-Identifier: Apache-2.0 */
/* What plugins may ask the world: questions only, nothing that changes anything. */
#include "azure/services.h"

#include "azure/dns.h"
#include "azure/ntp.h"
#include "azure/sync.h"
#include "azure/url.h"
#include "base/text.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    RANGE_MAX = 1024 * 1024,
    RANGE_TIMEOUT_MS = 30000,
    ERROR_PAGE_MAX = 64 * 1024, /* beside the range: what a refusal may say */
    PROBE_LONGEST_MS = 60000
};

static char *dump(json_t *value, struct error *err)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    if (!text)
        error_no_memory(err);
    return text;
}

char *services_arm_get(void *context, const char *credential, const char *path,
                       const char *api_version, int *status, struct error *err)
{
    json_t *body = NULL;
    if (arm_get_wait(context, credential, path, api_version, status, &body, err) != 0)
        return NULL;
    return dump(body ? body : json_object(), err);
}

char *services_arm_query(void *context, const char *credential, const char *path,
                         const char *api_version, const char *text, int *status, struct error *err)
{
    json_t *body = text ? json_loads(text, 0, NULL) : NULL;
    json_t *answer = NULL;
    *status = 0;
    if (text && !body) {
        error_set(err, ERROR_FAILED, NULL, "the question to %s is no JSON", path);
        return NULL;
    }
    int result = arm_query_wait(context, credential, path, api_version, body, status, &answer, err);
    json_decref(body);
    return result == 0 ? dump(answer ? answer : json_object(), err) : NULL;
}

char *services_dns_query(void *context, const char *server, const char *name, const char *type,
                         unsigned timeout_ms, struct error *err)
{
    json_t *answer = dns_query(server, name, type, timeout_ms, arm_heeds(context), err);
    return answer ? dump(answer, err) : NULL;
}

char *services_ntp_query(void *context, const char *server, unsigned timeout_ms, struct error *err)
{
    json_t *answer = ntp_query(server, timeout_ms, arm_heeds(context), err);
    return answer ? dump(answer, err) : NULL;
}

/* ---- part of a file ---- */

struct range {
    unsigned long long offset;
    size_t length;
    int status;
    json_t *answer;
    struct error err;
};

static json_t *headers_json(const struct http_response *response)
{
    json_t *headers = json_object();
    for (size_t i = 0; headers && i < response->header_count; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s", response->headers[i].name);
        for (char *at = name; *at; at++)
            if (*at >= 'A' && *at <= 'Z')
                *at = (char)(*at - 'A' + 'a');
        json_object_set_new(headers, name, json_string(response->headers[i].value));
    }
    return headers;
}

/* The length of the whole, which a part names after its '/'; null if nobody says. */
static json_t *whole_length(const struct http_response *response)
{
    const char *part = http_response_header(response, "Content-Range");
    const char *text = part ? strchr(part, '/') : NULL;
    if (text)
        text++;
    else if (response->status == 200)
        text = http_response_header(response, "Content-Length");
    char *end = NULL;
    long long length = text ? strtoll(text, &end, 10) : -1;
    return end && end != text && length >= 0 ? json_integer(length) : json_null();
}

static json_t *base64_json(const char *data, size_t length)
{
    char *text = malloc(4 * ((length + 2) / 3) + 1);
    if (!text)
        return NULL;
    text[0] = '\0';
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)data, (int)length);
    json_t *value = json_string(text);
    free(text);
    return value;
}

static void range_done(void *context, const struct http_response *response)
{
    struct range *range = context;
    range->status = response->status;
    if (response->failure == TRANSPORT_LOCAL && response->status == 200) {
        error_set(&range->err, ERROR_FAILED, NULL,
                  "the server sends the whole file instead of the part that was asked for: it does "
                  "not know Range");
        return;
    }
    if (response->failure != TRANSPORT_OK) {
        error_set(&range->err, ERROR_RETRY, NULL, "%s", response->reason);
        return;
    }
    const char *data = response->body;
    size_t length = response->body_length;
    if (response->status == 200 && range->length > 0) {
        size_t skipped = range->offset < length ? (size_t)range->offset : length;
        data += skipped;
        length -= skipped;
    }
    if (length > range->length && response->status / 100 == 2)
        length = range->length;
    range->answer =
        json_pack("{si so so so}", "status", response->status, "length", whole_length(response),
                  "headers", headers_json(response), "base64", base64_json(data, length));
}

static int check_url(const char *url, struct error *err)
{
    if (!url_is_absolute(url) || (url_is_plain(url) && !url_is_loopback(url)))
        /* What stands behind the '?' may be a signature. */
        return error_set(err, ERROR_USAGE, NULL, "the URL must be an https URL, not '%.*s'",
                         (int)strcspn(url, "?"), url);
    /* It answers this machine's identity to whoever asks from here. */
    if (url_is_metadata(url))
        return error_set(err, ERROR_USAGE, NULL, "the metadata address is not for plugins");
    return 0;
}

char *services_http_range(void *context, const char *url, unsigned long long offset,
                          unsigned length, int *status, struct error *err)
{
    *status = 0;
    if (check_url(url, err) != 0)
        return NULL;
    struct range range = {.offset = offset, .length = length < RANGE_MAX ? length : RANGE_MAX};
    char bytes[64];
    snprintf(bytes, sizeof bytes, "bytes=%llu-%llu", offset, offset + range.length - 1);
    struct http_header header = {"Range", bytes};
    struct http_request request = {.method = range.length ? "GET" : "HEAD",
                                   .url = url,
                                   .headers = &header,
                                   .header_count = range.length ? 1 : 0,
                                   .timeout_ms = RANGE_TIMEOUT_MS,
                                   .response_limit = range.length + ERROR_PAGE_MAX,
                                   .sink_fd = -1};
    if (http_wait(context, &request, range_done, &range, err) != 0)
        return NULL;
    *status = range.status;
    if (range.err.code) {
        error_move(err, &range.err);
        return NULL;
    }
    return dump(range.answer, err);
}

/* ---- whether a port is open ---- */

/* An address or a name: what could become part of a URL otherwise is refused. */
static bool is_host(const char *host)
{
    return *host && strlen(host) < 256 &&
           host[strspn(
               host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:")] == '\0';
}

static json_t *probe(const char *url, unsigned timeout_ms)
{
    char detail[CURL_ERROR_SIZE] = "";
    CURL *easy = curl_easy_init();
    if (!easy)
        return NULL;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
    CURLcode code = curl_easy_perform(easy);
    curl_off_t connected = 0;
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
    curl_easy_cleanup(easy);
    if (code == CURLE_OK)
        return json_pack("{sb sI}", "open", 1, "milliseconds", (json_int_t)(connected / 1000));
    return json_pack("{sb ss}", "open", 0, "reason", *detail ? detail : curl_easy_strerror(code));
}

char *services_tcp_probe(void *context, const char *host, unsigned port, unsigned timeout_ms,
                         struct error *err)
{
    if (!is_host(host) || port < 1 || port > 65535) {
        error_set(err, ERROR_USAGE, NULL,
                  "a host name or address and a port from 1 to 65535 can be tried, not '%s' and %u",
                  host, port);
        return NULL;
    }
    if (timeout_ms == 0 || timeout_ms > PROBE_LONGEST_MS)
        timeout_ms = PROBE_LONGEST_MS;
    bool is_v6 = strchr(host, ':') != NULL;
    char *url = text_format("http://%s%s%s:%u", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
    json_t *answer = url ? probe(url, timeout_ms) : NULL;
    free(url);
    return dump(answer, err);
}
