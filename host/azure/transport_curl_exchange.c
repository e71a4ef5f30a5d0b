/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange on a libcurl handle: its options, its limits, and what a failure means. */
#include "azure/transport_curl_exchange.h"

#include "azure/url.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DEFAULT_LIMIT = 64 * 1024 * 1024,
    HEADER_BYTES = 128 * 1024, /* two URLs of 4 KB and much more */
    HEADER_COUNT = 256,
    STALLED_SECONDS = 60,
    NARROW_WINDOW = 8192 /* a chain of certificates comes through in few rounds */
};

static void wipe_text(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
}

static void clear_answer_headers(struct curl_exchange *exchange)
{
    for (size_t i = 0; i < exchange->answer_header_count; i++)
        free((char *)exchange->answer_headers[i].name); /* the value is in the same block */
    exchange->answer_header_count = 0;
    exchange->answer_header_bytes = 0;
}

void curl_exchange_free(struct curl_exchange *exchange)
{
    for (struct curl_slist *each = exchange->headers; each; each = each->next)
        wipe_text(each->data); /* Authorization */
    curl_slist_free_all(exchange->headers);
    if (exchange->body)
        OPENSSL_cleanse(exchange->body, exchange->body_length);
    free(exchange->body);
    wipe_text(exchange->url);
    free(exchange->url);
    free(exchange->method);
    clear_answer_headers(exchange);
    free(exchange->answer_headers);
    text_free(&exchange->answer);
    free(exchange);
}

void curl_settings_clear(struct curl_settings *settings)
{
    free(settings->ca_file);
    free(settings->user_agent);
}

static int add_header(struct curl_exchange *exchange, const char *name, const char *value)
{
    /* libcurl sends "Name;" as a header without a value and drops "Name:". */
    struct text line = {.secret = true};
    text_add(&line, name);
    text_add(&line, *value ? ": " : ";");
    text_add(&line, value);
    struct curl_slist *longer =
        line.failed ? NULL : curl_slist_append(exchange->headers, text_get(&line));
    text_free(&line);
    if (!longer)
        return -1;
    exchange->headers = longer;
    return 0;
}

static int copy_headers(struct curl_exchange *exchange, const struct http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        if (strpbrk(header->name, "\r\n:") || strpbrk(header->value, "\r\n"))
            exchange->refusal = "a header of the request holds a line break";
        else if (add_header(exchange, header->name, header->value) != 0)
            return -1;
        exchange->wants_range |= strcasecmp(header->name, "Range") == 0;
    }
    /* "100-continue" costs a round trip. */
    struct curl_slist *longer = curl_slist_append(exchange->headers, "Expect:");
    if (!longer)
        return -1;
    exchange->headers = longer;
    return 0;
}

static const char *refusal_of(const char *url)
{
    if (!url_is_absolute(url))
        return "the URL is neither https nor http";
    if (url_is_plain(url) && !url_is_loopback(url) && !url_is_metadata(url))
        return "plain http is allowed to this machine and to the metadata address only: use an "
               "https URL";
    return NULL;
}

struct curl_exchange *curl_exchange_new(const struct http_request *request, http_done *done,
                                        void *context)
{
    struct curl_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->answer.secret = true; /* it may be a token */
    exchange->done = done;
    exchange->context = context;
    exchange->timeout_ms = request->timeout_ms;
    exchange->response_limit = request->response_limit ? request->response_limit : DEFAULT_LIMIT;
    exchange->sink_fd = request->sink_fd;
    exchange->headers_only = request->headers_only;
    exchange->refusal = refusal_of(request->url);
    exchange->method = strdup(request->method);
    exchange->url = strdup(request->url);
    bool ok = exchange->method && exchange->url && copy_headers(exchange, request) == 0;
    if (ok && request->body) {
        exchange->body = malloc(request->body_length + 1);
        ok = exchange->body != NULL;
        if (ok) {
            memcpy(exchange->body, request->body, request->body_length);
            exchange->body_length = request->body_length;
        }
    }
    if (ok)
        return exchange;
    curl_exchange_free(exchange);
    return NULL;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *context)
{
    struct curl_exchange *exchange = context;
    size_t left = exchange->body_length - exchange->body_sent;
    size_t taken = left < size * count ? left : size * count;
    if (taken)
        memcpy(buffer, exchange->body + exchange->body_sent, taken);
    exchange->body_sent += taken;
    return taken;
}

/* libcurl rewinds when a kept connection died under a request, to send it again of its own accord.
 * What has left may have been carried out: that is for the caller to decide. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    struct curl_exchange *exchange = context;
    return exchange->body_sent == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t end_here(struct curl_exchange *exchange, const char *reason)
{
    snprintf(exchange->reason, sizeof exchange->reason, "%s", reason);
    exchange->ended_here = true;
    return 0;
}

static bool sink(struct curl_exchange *exchange, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(exchange->sink_fd, data, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            snprintf(exchange->reason, sizeof exchange->reason, "cannot save the answer: %s",
                     strerror(errno));
            exchange->ended_here = true;
            return false;
        }
        data += written;
        length -= (size_t)written;
    }
    return true;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct curl_exchange *exchange = context;
    size_t length = size * count;
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    bool good = status >= 200 && status < 300;
    exchange->sufficed = good && exchange->headers_only;
    if (exchange->sufficed)
        return 0;
    if (exchange->sink_fd >= 0 && good)
        return sink(exchange, data, length) ? length : 0;
    if (length > exchange->response_limit - exchange->answer.length)
        return end_here(exchange, "the answer is larger than what is accepted");
    text_append(&exchange->answer, data, length);
    return exchange->answer.failed ? end_here(exchange, "out of memory") : length;
}

static int keep_header(struct curl_exchange *exchange, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (!colon)
        return 0;
    if (exchange->answer_header_count == exchange->answer_header_room) {
        size_t room = exchange->answer_header_room ? 2 * exchange->answer_header_room : 32;
        struct http_header *grown = realloc(exchange->answer_headers, room * sizeof *grown);
        if (!grown)
            return -1;
        exchange->answer_headers = grown;
        exchange->answer_header_room = room;
    }
    char *copy = strndup(line, length);
    if (!copy)
        return -1;
    char *value = copy + (colon - line);
    *value++ = '\0';
    value += strspn(value, " \t");
    size_t end = strlen(value);
    while (end > 0 && strchr(" \t\r\n", value[end - 1]))
        value[--end] = '\0';
    exchange->answer_headers[exchange->answer_header_count++] = (struct http_header){copy, value};
    return 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct curl_exchange *exchange = context;
    size_t length = size * count;
    if (length >= 5 && memcmp(data, "HTTP/", 5) == 0)
        clear_answer_headers(exchange); /* those before were of an interim answer */
    exchange->answer_header_bytes += length;
    if (exchange->answer_header_bytes > HEADER_BYTES ||
        exchange->answer_header_count >= HEADER_COUNT)
        return end_here(exchange, "the answer has more headers than what is accepted");
    if (keep_header(exchange, data, length) != 0)
        return end_here(exchange, "out of memory");
    return length;
}

static void allow_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void set_tls(CURL *easy, const struct curl_settings *settings)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (!settings->ca_file)
        return;
    /* libcurl's own folder of authorities stays unless it is taken away. */
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
    if (settings->ca_file_only)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

static void set_method(struct curl_exchange *exchange)
{
    CURL *easy = exchange->easy;
    if (strcmp(exchange->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    /* POST, PUT and PATCH say "Content-Length: 0" when there is no body. */
    if (exchange->body || exchange->method[0] == 'P') {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)exchange->body_length);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->method);
}

static void set_limits(struct curl_exchange *exchange, const struct curl_settings *settings)
{
    CURL *easy = exchange->easy;
    int64_t whole = exchange->timeout_ms ? exchange->timeout_ms : settings->timeout_ms;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)whole);
    /* A long transfer may take its time, but not stand still. */
    if (whole > STALLED_SECONDS * 1000) {
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALLED_SECONDS);
    }
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    allow_protocols(easy);
    /* A proxy would send what is meant for this machine somewhere else. */
    if (url_is_loopback(exchange->url) || url_is_metadata(exchange->url))
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

/* What is sent of the body before the connection closes is what has room here. */
static int narrow_window(void *context, curl_socket_t socket, curlsocktype purpose)
{
    int bytes = NARROW_WINDOW;
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return CURL_SOCKOPT_OK;
}

/* A transfer that is given up takes its connection along: one of its own, which nobody else's
 * request has kept open. */
static void expect_headers_only(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, narrow_window);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

int curl_exchange_prepare(struct curl_exchange *exchange, const struct curl_settings *settings)
{
    CURL *easy = exchange->easy;
    if (curl_easy_setopt(easy, CURLOPT_URL, exchange->url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_USERAGENT, settings->user_agent) != CURLE_OK)
        return -1;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->curl_error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    /* Long lists shrink to a tenth; a part of a file must stay what it is. */
    if (exchange->sink_fd < 0 && !exchange->wants_range)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (exchange->headers_only)
        expect_headers_only(easy);
    set_limits(exchange, settings);
    set_tls(easy, settings);
    set_method(exchange);
    return 0;
}

void curl_exchange_result(struct curl_exchange *exchange, CURLcode code,
                          struct http_response *response)
{
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    memset(response, 0, sizeof *response);
    response->failure = curl_failure_class(exchange, code);
    if (response->failure != TRANSPORT_OK && !exchange->ended_here)
        curl_failure_explain(exchange, code);
    response->reason = exchange->reason;
    response->lasting = response->failure == TRANSPORT_NOT_SENT && curl_failure_lasts(code);
    response->status = response->failure == TRANSPORT_NOT_SENT ? 0 : (int)status;
    response->headers = exchange->answer_headers;
    response->header_count = exchange->answer_header_count;
    response->body = text_get(&exchange->answer);
    response->body_length = exchange->answer.length;
}
