/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over libcurl's multi interface. Exchanges beyond the connections' number wait in a queue of
 * our own, because libcurl's would eat up their time. */
#include "config.h"

#include "azure/transport_curl.h"
#include "azure/transport_curl_exchange.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_CONNECTIONS = 32 };

struct curl_transport {
    struct transport transport; /* first: the interface */
    struct curl_settings settings;
    CURLM *multi;
    CURL **idle; /* easy handles to use again */
    size_t idle_count;
    int max_active;
    int active_count;
    struct curl_exchange *active;
    struct curl_exchange *queue_first;
    struct curl_exchange *queue_last;
};

static struct curl_transport *from(struct transport *transport)
{
    return (struct curl_transport *)transport;
}

static CURL *take_easy(struct curl_transport *self)
{
    return self->idle_count ? self->idle[--self->idle_count] : curl_easy_init();
}

static void give_easy(struct curl_transport *self, CURL *easy)
{
    curl_easy_reset(easy);
    if (self->idle_count < (size_t)self->max_active)
        self->idle[self->idle_count++] = easy;
    else
        curl_easy_cleanup(easy);
}

static void unlink_active(struct curl_transport *self, struct curl_exchange *exchange)
{
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        self->active = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    exchange->previous = exchange->next = NULL;
    self->active_count--;
    curl_multi_remove_handle(self->multi, exchange->easy);
    give_easy(self, exchange->easy);
    exchange->easy = NULL;
}

static struct curl_exchange *shift_queue(struct curl_transport *self)
{
    struct curl_exchange *exchange = self->queue_first;
    self->queue_first = exchange->next;
    if (!self->queue_first)
        self->queue_last = NULL;
    exchange->next = NULL;
    return exchange;
}

/* Hands the answer over and ends the exchange. */
static void finish(struct curl_exchange *exchange, const struct http_response *response)
{
    exchange->done(exchange->context, response);
    curl_exchange_free(exchange);
}

static void finish_unsent(struct curl_exchange *exchange, enum transport_failure failure,
                          const char *reason)
{
    struct http_response response = {
        .failure = failure, .reason = reason, .body = "", .lasting = true};
    finish(exchange, &response);
}

/* Returns whether the exchange has begun; otherwise it has ended. */
static bool begin(struct curl_transport *self, struct curl_exchange *exchange)
{
    if (exchange->refusal) {
        finish_unsent(exchange, TRANSPORT_NOT_SENT, exchange->refusal);
        return false;
    }
    exchange->easy = take_easy(self);
    if (!exchange->easy || curl_exchange_prepare(exchange, &self->settings) != 0) {
        if (exchange->easy)
            give_easy(self, exchange->easy);
        exchange->easy = NULL;
        finish_unsent(exchange, TRANSPORT_NOT_SENT, "out of memory");
        return false;
    }
    exchange->next = self->active;
    if (self->active)
        self->active->previous = exchange;
    self->active = exchange;
    self->active_count++;
    curl_multi_add_handle(self->multi, exchange->easy);
    return true;
}

/* Returns how many ended at once. */
static int begin_queued(struct curl_transport *self)
{
    int ended = 0;
    while (self->queue_first && self->active_count < self->max_active)
        ended += !begin(self, shift_queue(self));
    return ended;
}

static int collect(struct curl_transport *self)
{
    int running, left, ended = 0;
    curl_multi_perform(self->multi, &running);
    CURLMsg *message;
    while ((message = curl_multi_info_read(self->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct curl_exchange *exchange = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
        struct http_response response;
        curl_exchange_result(exchange, code, &response);
        unlink_active(self, exchange);
        finish(exchange, &response);
        ended++;
    }
    return ended;
}

static void transport_wait(struct transport *transport, int64_t timeout_ms)
{
    struct curl_transport *self = from(transport);
    int ended = begin_queued(self);
    ended += collect(self);
    if (ended > 0)
        return;
    int wait = timeout_ms > 60000 ? 60000 : (int)timeout_ms;
    curl_multi_poll(self->multi, NULL, 0, wait > 0 ? wait : 0, NULL);
    if (collect(self) > 0)
        begin_queued(self);
}

static int transport_submit(struct transport *transport, const struct http_request *request,
                            http_done *done, void *context)
{
    struct curl_transport *self = from(transport);
    struct curl_exchange *exchange = curl_exchange_new(request, done, context);
    if (!exchange)
        return -1;
    if (self->queue_last)
        self->queue_last->next = exchange;
    else
        self->queue_first = exchange;
    self->queue_last = exchange;
    return 0;
}

static void transport_cancel(struct transport *transport, void *context)
{
    struct curl_transport *self = from(transport);
    struct curl_exchange *next;
    for (struct curl_exchange *each = self->active; each; each = next) {
        next = each->next;
        if (each->context == context) {
            unlink_active(self, each);
            curl_exchange_free(each);
        }
    }
    struct curl_exchange *kept = NULL, **link = &self->queue_first;
    while (*link) {
        struct curl_exchange *each = *link;
        if (each->context == context) {
            *link = each->next;
            curl_exchange_free(each);
        } else {
            kept = each;
            link = &each->next;
        }
    }
    self->queue_last = kept;
}

static void transport_free(struct transport *transport)
{
    struct curl_transport *self = from(transport);
    while (self->active) {
        struct curl_exchange *exchange = self->active;
        unlink_active(self, exchange);
        curl_exchange_free(exchange);
    }
    while (self->queue_first)
        curl_exchange_free(shift_queue(self));
    for (size_t i = 0; i < self->idle_count; i++)
        curl_easy_cleanup(self->idle[i]);
    free(self->idle);
    curl_multi_cleanup(self->multi);
    curl_settings_clear(&self->settings);
    free(self);
}

/* Says at the start what libcurl would say at every request, and better. */
static int check_ca_file(const char *path, struct error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, ERROR_USAGE, "[azure] ca-file",
                         "[azure] ca-file: cannot open %s: %m; name a PEM file with the "
                         "certificates of your authority",
                         path);
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    if (!certificate)
        return error_set(err, ERROR_USAGE, "[azure] ca-file",
                         "[azure] ca-file: %s holds no PEM certificate (-----BEGIN "
                         "CERTIFICATE-----): convert it with openssl x509 -inform DER",
                         path);
    X509_free(certificate);
    return 0;
}

static int copy_settings(struct curl_settings *to, const struct transport_curl_settings *given,
                         struct error *err)
{
    to->connect_timeout_ms = given->connect_timeout_ms ? given->connect_timeout_ms : 10000;
    to->timeout_ms = given->timeout_ms ? given->timeout_ms : 60000;
    to->ca_file_only = given->ca_file_only;
    to->user_agent =
        strdup(given->user_agent ? given->user_agent : PACKAGE_NAME "/" PACKAGE_VERSION);
    if (!to->user_agent)
        return error_no_memory(err);
    if (!given->ca_file)
        return 0;
    if (check_ca_file(given->ca_file, err) != 0)
        return -1;
    to->ca_file = strdup(given->ca_file);
    return to->ca_file ? 0 : error_no_memory(err);
}

struct transport *transport_curl_new(const struct transport_curl_settings *given, struct error *err)
{
    static const struct transport_ops ops = {transport_submit, transport_wait, transport_free,
                                             transport_cancel};
    struct curl_transport *self = calloc(1, sizeof *self);
    if (!self) {
        error_no_memory(err);
        return NULL;
    }
    self->transport.ops = &ops;
    self->max_active = given->max_connections > 0 ? given->max_connections : DEFAULT_CONNECTIONS;
    self->multi = curl_multi_init();
    self->idle = calloc((size_t)self->max_active, sizeof(CURL *));
    if (!self->multi || !self->idle || copy_settings(&self->settings, given, err) != 0) {
        if (!self->multi || !self->idle)
            error_no_memory(err);
        transport_free(&self->transport);
        return NULL;
    }
    /* Without these HTTP/2 opens a connection for every exchange of a burst. */
    curl_multi_setopt(self->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)self->max_active);
    curl_multi_setopt(self->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)self->max_active);
    curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)self->max_active);
    curl_multi_setopt(self->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    return &self->transport;
}

int transport_curl_start(struct error *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK)
        return error_set(err, ERROR_FAILED, NULL, "libcurl does not start: %s",
                         curl_easy_strerror(code));
    return 0;
}

void transport_curl_stop(void)
{
    curl_global_cleanup();
}
