/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange on a libcurl handle. Private to the curl transport. */
#ifndef FLEXHOST_AZURE_TRANSPORT_CURL_EXCHANGE_H
#define FLEXHOST_AZURE_TRANSPORT_CURL_EXCHANGE_H

#include "base/text.h"
#include "base/transport.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct curl_settings {
    char *ca_file;
    char *user_agent;
    bool ca_file_only;
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
};

struct curl_exchange {
    struct curl_exchange *next;
    struct curl_exchange *previous;
    http_done *done;
    void *context;

    /* the request */
    char *method;
    char *url;
    struct curl_slist *headers;
    char *body;
    size_t body_length;
    size_t body_sent;
    int64_t timeout_ms;
    size_t response_limit;
    int sink_fd;
    bool wants_range;
    bool headers_only;
    const char *refusal; /* why it must not leave; NULL: it may */

    /* the answer */
    CURL *easy; /* NULL while it waits */
    struct http_header *answer_headers;
    size_t answer_header_count;
    size_t answer_header_room;
    size_t answer_header_bytes;
    struct text answer;
    char reason[512]; /* why we ended it ourselves, or what libcurl says */
    bool ended_here;
    bool sufficed; /* the headers were there, and nothing else was wanted */
    char curl_error[CURL_ERROR_SIZE];
};

struct curl_exchange *curl_exchange_new(const struct http_request *request, http_done *done,
                                        void *context);
/* Wipes what was sent and what came, and frees it. */
void curl_exchange_free(struct curl_exchange *exchange);

/* Sets up exchange->easy. */
int curl_exchange_prepare(struct curl_exchange *exchange, const struct curl_settings *settings);
/* Borrows from the exchange. */
void curl_exchange_result(struct curl_exchange *exchange, CURLcode code,
                          struct http_response *response);

/* ---- transport_curl_failure.c ---- */

enum transport_failure curl_failure_class(const struct curl_exchange *exchange, CURLcode code);
/* Whether asking again would not help. */
bool curl_failure_lasts(CURLcode code);
/* Puts a sentence into exchange->reason. */
void curl_failure_explain(struct curl_exchange *exchange, CURLcode code);

void curl_settings_clear(struct curl_settings *settings);

#endif
