/* SPDX-License-Identifier: Apache-2.0 */
/* The curl transport against a real socket: what a failure means, TLS, limits, connections. */
#include "azure/transport_curl.h"
#include "azure_server.h"
#include "base/clock.h"
#include "tap_main.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct got {
    int calls;
    int status;
    enum transport_failure failure;
    bool lasting;
    char reason[512];
    char body[1024];
    size_t length;
    char kind[64];
};

static void got_done(void *context, const struct http_response *response)
{
    struct got *got = context;
    got->calls++;
    got->status = response->status;
    got->failure = response->failure;
    got->lasting = response->lasting;
    got->length = response->body_length;
    snprintf(got->reason, sizeof got->reason, "%s", response->reason ? response->reason : "");
    snprintf(got->body, sizeof got->body, "%s", response->body);
    const char *kind = http_response_header(response, "x-kind");
    snprintf(got->kind, sizeof got->kind, "%s", kind ? kind : "");
}

static void wait_for(struct transport *transport, const int *calls, int wanted)
{
    int64_t end = clock_now(clock_system()) + 30000;
    while (*calls < wanted && clock_now(clock_system()) < end)
        transport->ops->wait(transport, 1000);
}

static struct transport *start(const struct transport_curl_settings *settings)
{
    struct transport_curl_settings none = {0};
    struct error err = ERROR_INIT;
    struct transport *transport = transport_curl_new(settings ? settings : &none, &err);
    ck_assert_msg(transport, "%s", error_text(&err));
    return transport;
}

static struct got exchange(struct transport *transport, const char *scheme, int port,
                           const char *method, const char *path, const char *body)
{
    char url[128];
    snprintf(url, sizeof url, "%s://127.0.0.1:%d%s", scheme, port, path);
    struct http_header header = {"Authorization", "Bearer x"};
    struct http_request request = {.method = method,
                                   .url = url,
                                   .headers = &header,
                                   .header_count = 1,
                                   .body = body,
                                   .body_length = body ? strlen(body) : 0,
                                   .timeout_ms = strcmp(path, "/slow") == 0 ? 300 : 20000,
                                   .response_limit = 1000,
                                   .sink_fd = -1};
    struct got got = {0};
    ck_assert_int_eq(transport->ops->submit(transport, &request, got_done, &got), 0);
    ck_assert_int_eq(got.calls, 0);
    wait_for(transport, &got.calls, 1);
    ck_assert_int_eq(got.calls, 1);
    return got;
}

static const struct transport_case {
    const char *method;
    const char *path;
    const char *body;
    enum transport_failure failure;
    int status;
    const char *says; /* body, or a part of the reason */
} cases[] = {
    {"GET", "/hello", NULL, TRANSPORT_OK, 200, "hello"},
    {"GET", "/echo", NULL, TRANSPORT_OK, 200, "GET 0 Bearer x plain"},
    {"PUT", "/echo", "{\"a\":1}", TRANSPORT_OK, 200, "PUT 7 Bearer x plain"},
    {"PATCH", "/echo", "{}", TRANSPORT_OK, 200, "PATCH 2 Bearer x plain"},
    {"POST", "/echo", NULL, TRANSPORT_OK, 200, "POST 0 Bearer x plain"},
    {"DELETE", "/echo", NULL, TRANSPORT_OK, 200, "DELETE 0 Bearer x plain"},
    {"HEAD", "/hello", NULL, TRANSPORT_OK, 200, ""},
    {"GET", "/redirect", NULL, TRANSPORT_OK, 302, ""},
    {"GET", "/missing", NULL, TRANSPORT_OK, 404, "gone"},
    {"GET", "/big", NULL, TRANSPORT_LOCAL, 200, "larger than"},
    {"GET", "/headers", NULL, TRANSPORT_LOCAL, 200, "more headers"},
    {"PUT", "/half", "{}", TRANSPORT_LOST, 200, "127.0.0.1"},
    {"PUT", "/cut", "{}", TRANSPORT_LOST, 0, "127.0.0.1"},
    {"PUT", "/slow", "{}", TRANSPORT_LOST, 0, "no answer in time"},
};

START_TEST(answers)
{
    const struct transport_case *test = &cases[_i];
    struct server *server = server_start(0, NULL);
    struct transport *transport = start(NULL);
    struct got got =
        exchange(transport, "http", server_port(server), test->method, test->path, test->body);
    ck_assert_msg(got.failure == test->failure, "%s: failure %d, %s", test->path, got.failure,
                  got.reason);
    ck_assert_msg(got.status == test->status, "%s: status %d", test->path, got.status);
    if (test->failure == TRANSPORT_OK)
        ck_assert_str_eq(got.body, test->says);
    else
        ck_assert_msg(strstr(got.reason, test->says), "%s", got.reason);
    if (strcmp(test->path, "/echo") == 0)
        ck_assert_str_eq(got.kind, "echo");
    transport->ops->free(transport);
    server_stop(server);
}
END_TEST

START_TEST(nobody_listens)
{
    struct server *server = server_start(0, NULL);
    int port = server_port(server);
    server_stop(server);
    struct transport *transport = start(NULL);
    struct got got = exchange(transport, "http", port, "PUT", "/hello", "{}");
    ck_assert_int_eq(got.failure, TRANSPORT_NOT_SENT);
    ck_assert(!got.lasting);
    ck_assert(strstr(got.reason, "no connection"));
    transport->ops->free(transport);
}
END_TEST

/* Nothing is read beyond the headers of what went well, and the connection goes with the rest. */
START_TEST(headers_may_be_all_that_is_wanted)
{
    static const struct {
        const char *path, *body;
        int status;
    } tests[] = {{"big", "", 200}, {"hello", "", 200}, {"missing", "gone", 404}};
    struct server *server = server_start(0, NULL);
    struct transport *transport = start(NULL);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        char url[80];
        snprintf(url, sizeof url, "http://127.0.0.1:%d/%s", server_port(server), tests[i].path);
        struct http_request request = {.method = "GET",
                                       .url = url,
                                       .timeout_ms = 20000,
                                       .response_limit = 1000,
                                       .headers_only = true,
                                       .sink_fd = -1};
        struct got got = {0};
        ck_assert_int_eq(transport->ops->submit(transport, &request, got_done, &got), 0);
        wait_for(transport, &got.calls, 1);
        ck_assert_msg(got.failure == TRANSPORT_OK, "%s", got.reason);
        ck_assert_int_eq(got.status, tests[i].status);
        ck_assert_str_eq(got.body, tests[i].body);
    }
    ck_assert_int_eq(server_connections(server), 3);
    transport->ops->free(transport);
    server_stop(server);
}
END_TEST

static const char *const refused_urls[] = {"http://management.azure.com/", "ftp://127.0.0.1/",
                                           "file:///etc/passwd", "https://",
                                           "http://127.0.0.1.evil.example/"};

START_TEST(urls_that_are_refused)
{
    struct transport *transport = start(NULL);
    struct http_request request = {.method = "GET", .url = refused_urls[_i], .sink_fd = -1};
    struct got got = {0};
    ck_assert_int_eq(transport->ops->submit(transport, &request, got_done, &got), 0);
    wait_for(transport, &got.calls, 1);
    ck_assert_msg(got.failure == TRANSPORT_NOT_SENT, "%s: %d", request.url, got.failure);
    ck_assert_msg(got.lasting, "%s", got.reason);
    transport->ops->free(transport);
}
END_TEST

START_TEST(certificates_are_verified)
{
    char ca[] = "/tmp/flexhost-ca-XXXXXX", other[] = "/tmp/flexhost-ca-XXXXXX";
    close(mkstemp(ca));
    close(mkstemp(other));
    struct server *server = server_start(1, ca), *stranger = server_start(1, other);
    struct {
        const char *ca_file;
        bool only;
        bool trusted;
    } tests[] = {{ca, false, true}, {ca, true, true}, {other, false, false}, {NULL, false, false}};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        struct transport *transport = start(&(struct transport_curl_settings){
            .ca_file = tests[i].ca_file, .ca_file_only = tests[i].only});
        int before = server_requests(server);
        struct got got = exchange(transport, "https", server_port(server), "PUT", "/echo", "{}");
        if (tests[i].trusted) {
            ck_assert_msg(got.failure == TRANSPORT_OK, "%s", got.reason);
        } else {
            ck_assert_int_eq(got.failure, TRANSPORT_NOT_SENT);
            ck_assert_msg(got.lasting, "%s", got.reason);
            ck_assert_msg(strstr(got.reason, "[azure] ca-file"), "%s", got.reason);
            ck_assert_int_eq(server_requests(server), before);
        }
        transport->ops->free(transport);
    }
    server_stop(server);
    server_stop(stranger);
    unlink(ca);
    unlink(other);
}
END_TEST

START_TEST(ca_files_are_looked_at)
{
    struct error err = ERROR_INIT;
    struct transport_curl_settings settings = {.ca_file = "/nowhere/ca.pem"};
    ck_assert_ptr_null(transport_curl_new(&settings, &err));
    ck_assert(strstr(error_text(&err), "cannot open /nowhere/ca.pem"));
    settings.ca_file = "/dev/null";
    ck_assert_ptr_null(transport_curl_new(&settings, &err));
    ck_assert(strstr(error_text(&err), "holds no PEM certificate"));
    ck_assert_int_eq(err.code, ERROR_USAGE);
    error_clear(&err);
}
END_TEST

START_TEST(connections_are_kept)
{
    struct server *server = server_start(0, NULL);
    struct transport *transport = start(NULL);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(
            exchange(transport, "http", server_port(server), "GET", "/hello", NULL).status, 200);
    ck_assert_int_eq(server_connections(server), 1);
    transport->ops->free(transport);
    server_stop(server);
}
END_TEST

/* libcurl sends a request again when a kept connection dies under it; a PUT may have been carried
 * out by then. */
START_TEST(a_write_is_never_sent_twice)
{
    struct server *server = server_start(0, NULL);
    struct transport *transport = start(NULL);
    exchange(transport, "http", server_port(server), "GET", "/hello", NULL);
    struct got got = exchange(transport, "http", server_port(server), "PUT", "/cut-kept", "{}");
    ck_assert_msg(got.failure == TRANSPORT_LOST, "%d %s", got.failure, got.reason);
    ck_assert_int_eq(server_requests(server), 2);
    transport->ops->free(transport);
    server_stop(server);
}
END_TEST

START_TEST(connections_are_limited)
{
    struct server *server = server_start(0, NULL);
    struct transport *transport = start(&(struct transport_curl_settings){.max_connections = 4});
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/hello", server_port(server));
    struct http_request request = {.method = "GET", .url = url, .sink_fd = -1};
    struct got got = {0};
    for (int i = 0; i < 60; i++)
        ck_assert_int_eq(transport->ops->submit(transport, &request, got_done, &got), 0);
    wait_for(transport, &got.calls, 60);
    ck_assert_int_eq(got.calls, 60);
    ck_assert_int_le(server_most_open(server), 4);
    transport->ops->free(transport);
    server_stop(server);
}
END_TEST

START_TEST(bodies_go_to_a_file)
{
    struct server *server = server_start(0, NULL);
    struct transport *transport = start(NULL);
    FILE *file = tmpfile();
    char url[128], text[16] = "";
    snprintf(url, sizeof url, "http://127.0.0.1:%d/hello", server_port(server));
    struct http_request request = {.method = "GET", .url = url, .sink_fd = fileno(file)};
    struct got got = {0};
    transport->ops->submit(transport, &request, got_done, &got);
    wait_for(transport, &got.calls, 1);
    ck_assert_int_eq(got.length, 0);
    rewind(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    ck_assert_str_eq(text, "hello");
    fclose(file);

    FILE *full = fopen("/dev/full", "w");
    request.sink_fd = fileno(full);
    transport->ops->submit(transport, &request, got_done, &got);
    wait_for(transport, &got.calls, 2);
    ck_assert_int_eq(got.failure, TRANSPORT_LOCAL);
    ck_assert(strstr(got.reason, "cannot save"));
    fclose(full);
    transport->ops->free(transport);
    server_stop(server);
}
END_TEST

START_TEST(what_is_cancelled_is_not_told)
{
    struct server *server = server_start(0, NULL);
    struct transport *transport = start(&(struct transport_curl_settings){.max_connections = 1});
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/slow", server_port(server));
    struct http_request request = {.method = "GET", .url = url, .sink_fd = -1};
    struct got first = {0}, queued = {0}, other = {0};
    transport->ops->submit(transport, &request, got_done, &first);
    transport->ops->submit(transport, &request, got_done, &queued);
    transport->ops->wait(transport, 50);
    transport->ops->cancel(transport, &first);
    transport->ops->cancel(transport, &queued);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/hello", server_port(server));
    transport->ops->submit(transport, &request, got_done, &other);
    wait_for(transport, &other.calls, 1);
    ck_assert_int_eq(other.status, 200);
    ck_assert_int_eq(first.calls + queued.calls, 0);
    transport->ops->free(transport);
    server_stop(server);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure transport");
    TCase *tcase = tcase_create("curl");
    tcase_set_timeout(tcase, 60); /* real sockets on a machine that may be busy */
    tcase_add_loop_test(tcase, answers, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, nobody_listens);
    tcase_add_test(tcase, headers_may_be_all_that_is_wanted);
    tcase_add_loop_test(tcase, urls_that_are_refused, 0,
                        sizeof refused_urls / sizeof *refused_urls);
    tcase_add_test(tcase, certificates_are_verified);
    tcase_add_test(tcase, ca_files_are_looked_at);
    tcase_add_test(tcase, connections_are_kept);
    tcase_add_test(tcase, a_write_is_never_sent_twice);
    tcase_add_test(tcase, connections_are_limited);
    tcase_add_test(tcase, bodies_go_to_a_file);
    tcase_add_test(tcase, what_is_cancelled_is_not_told);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    struct error err = ERROR_INIT;
    if (transport_curl_start(&err) != 0)
        return 1;
    int result = tap_main(suite());
    transport_curl_stop();
    return result;
}
