/* SPDX-License-Identifier: Apache-2.0 */
/* DNS questions to a server of one's choice, and ports: on loopback, with a server in a thread. */
#include "azure/dns.h"
#include "azure/dns_answer.h"
#include "azure/services.h"
#include "azure/transport_curl.h"
#include "tap_main.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- a DNS server that answers by the question's first label ---- */

struct dns_server {
    int udp, tcp, port;
    bool no_udp, no_tcp;
    atomic_int unheard; /* of the questions by UDP that come, the first that get no answer */
    atomic_bool stopping;
    pthread_t thread;
};

static size_t put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
    return 2;
}

static size_t put_record(unsigned char *at, unsigned type, const void *data, size_t length)
{
    size_t size = put16(at, 0xc00c); /* the question's name */
    size += put16(at + size, type);
    size += put16(at + size, ns_c_in);
    size += put16(at + size, 0);
    size += put16(at + size, 60);
    size += put16(at + size, (unsigned)length);
    memcpy(at + size, data, length);
    return size + length;
}

/* Turns the query into its answer; 0: none is sent. */
static size_t answer_query(unsigned char *message, size_t length, bool tcp)
{
    char label[64] = "";
    memcpy(label, message + 13, message[12] < 63 ? message[12] : 63);
    unsigned type = (unsigned)(message[length - 4] << 8 | message[length - 3]);
    if (strcmp(label, "silent") == 0)
        return 0;
    message[2] = 0x81;
    message[3] = 0x80;
    if (strcmp(label, "outside") == 0)
        message[3] |= 9; /* NOTAUTH, and an address all the same */
    if (strcmp(label, "absent") == 0)
        message[3] |= 3;
    else if (strcmp(label, "broken") == 0)
        message[3] |= 2;
    else if (strcmp(label, "denied") == 0)
        message[3] |= 5;
    else if (strcmp(label, "cut") == 0 && tcp)
        return 0;
    else if ((strcmp(label, "large") == 0 || strcmp(label, "cut") == 0) && !tcp)
        message[2] |= 2; /* truncated */
    else if (strcmp(label, "alias") == 0) {
        put16(message + 6, 1);
        length += put_record(message + length, ns_t_cname, "\3dc2\4corp\7example", 18);
    } else if (type == ns_t_a) {
        put16(message + 6, 2);
        length += put_record(message + length, type, "\x0a\x00\x00\x04", 4);
        length += put_record(message + length, type, "\x0a\x00\x00\x05", 4);
    } else if (type == ns_t_srv) {
        put16(message + 6, 1);
        length += put_record(message + length, type, "\0\0\0d\1\x85\3dc1\4corp\7example", 24);
    } else if (type == ns_t_txt) {
        put16(message + 6, 1);
        length += put_record(message + length, type, "\5v=one", 6);
    }
    return length;
}

static void serve_udp(struct dns_server *server)
{
    unsigned char message[1024];
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    ssize_t length = recvfrom(server->udp, message, 512, 0, (struct sockaddr *)&peer, &size);
    bool heard = !server->no_udp && server->unheard-- <= 0;
    size_t answer = length > 16 && heard ? answer_query(message, (size_t)length, false) : 0;
    if (answer)
        sendto(server->udp, message, answer, 0, (struct sockaddr *)&peer, size);
}

static void serve_tcp(struct dns_server *server)
{
    unsigned char message[1024];
    int socket = accept(server->tcp, NULL, NULL);
    ssize_t length = recv(socket, message, 512, 0);
    while (length > 2 && length < 2 + (message[0] << 8 | message[1])) {
        ssize_t more = recv(socket, message + length, 512, 0);
        length = more > 0 ? length + more : -1;
    }
    size_t answer = length > 18 ? answer_query(message + 2, (size_t)length - 2, true) : 0;
    put16(message, (unsigned)answer);
    if (answer)
        send(socket, message, answer + 2, MSG_NOSIGNAL);
    else
        poll(NULL, 0, 1300); /* longer than anybody waits here */
    close(socket);
}

static void *serve(void *context)
{
    struct dns_server *server = context;
    while (!server->stopping) {
        int tcp = server->no_tcp ? -1 : server->tcp;
        struct pollfd sockets[] = {{server->udp, POLLIN, 0}, {tcp, POLLIN, 0}};
        if (poll(sockets, 2, 20) <= 0)
            continue;
        if (sockets[0].revents)
            serve_udp(server);
        if (sockets[1].revents)
            serve_tcp(server);
    }
    return NULL;
}

static struct dns_server *dns_start_with(bool no_udp, bool no_tcp)
{
    struct dns_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->no_udp = no_udp;
    server->no_tcp = no_tcp;
    server->tcp = socket(AF_INET, SOCK_STREAM, 0);
    server->udp = socket(AF_INET, SOCK_DGRAM, 0);
    bind(server->tcp, (struct sockaddr *)&address, size);
    if (!no_tcp)
        listen(server->tcp, 8);
    getsockname(server->tcp, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    if (bind(server->udp, (struct sockaddr *)&address, size) != 0)
        abort();
    pthread_create(&server->thread, NULL, serve, server);
    return server;
}

static struct dns_server *dns_start(bool no_udp)
{
    return dns_start_with(no_udp, false);
}

static void dns_stop(struct dns_server *server)
{
    server->stopping = true;
    pthread_join(server->thread, NULL);
    close(server->tcp);
    close(server->udp);
    free(server);
}

static const struct dns_case {
    const char *name;
    const char *type;
    bool no_udp;
    const char *status;
    const char *answers;
    const char *transport;
} questions[] = {
    {"dc1.corp.example", "A", false, "NOERROR", "[\"10.0.0.4\",\"10.0.0.5\"]", "udp"},
    {"_ldap._tcp.corp.example", "SRV", false, "NOERROR", "[\"0 100 389 dc1.corp.example\"]", "udp"},
    {"corp.example", "TXT", false, "NOERROR", "[\"v=one\"]", "udp"},
    {"corp.example", "ns", false, "NOERROR", "[]", "udp"},
    {"absent.corp.example", "A", false, "NXDOMAIN", "[]", "udp"},
    {"broken.corp.example", "A", false, "SERVFAIL", "[]", "udp"},
    {"denied.corp.example", "A", false, "REFUSED", "[]", "udp"},
    {"outside.corp.example", "A", false, "NOTAUTH", "[]", "udp"},
    {"alias.corp.example", "A", false, "NOERROR", "[]", "udp"},
    {"large.corp.example", "A", false, "NOERROR", "[\"10.0.0.4\",\"10.0.0.5\"]", "tcp"},
    {"cut.corp.example", "A", false, "TIMEOUT", "[]", "tcp"},
    {"dc1.corp.example", "A", true, "NOERROR", "[\"10.0.0.4\",\"10.0.0.5\"]", "tcp"},
    {"silent.corp.example", "A", false, "TIMEOUT", "[]", "tcp"},
};

START_TEST(dns_answers_by_question)
{
    const struct dns_case *test = &questions[_i];
    struct dns_server *server = dns_start(test->no_udp);
    struct error err = ERROR_INIT;
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", server->port);
    json_t *answer = dns_query(address, test->name, test->type, 1000, NULL, &err);
    ck_assert_msg(answer, "%s", error_text(&err));
    ck_assert_str_eq(json_string_value(json_object_get(answer, "status")), test->status);
    char *answers = json_dumps(json_object_get(answer, "answers"), JSON_COMPACT);
    ck_assert_str_eq(answers, test->answers);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "transport")), test->transport);
    bool cut = strncmp(test->name, "large", 5) == 0 || strncmp(test->name, "cut", 3) == 0;
    ck_assert_int_eq(json_is_true(json_object_get(answer, "truncated")), cut);
    /* Both ways together have the time that was given; some more is for a busy machine. */
    json_int_t took = json_integer_value(json_object_get(answer, "milliseconds"));
    ck_assert_int_le(took, 1900);
    free(answers);
    json_decref(answer);
    dns_stop(server);
}
END_TEST

START_TEST(dns_nobody_listens)
{
    struct dns_server *server = dns_start(false);
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", server->port);
    dns_stop(server);
    struct error err = ERROR_INIT;
    json_t *answer = dns_query(address, "corp.example", "A", 1000, NULL, &err);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "status")), "REFUSED-CONNECTION");
    json_decref(answer);
}
END_TEST

/* Without TCP, the time that TCP would have had is UDP's, too. */
START_TEST(dns_slow_without_tcp)
{
    struct dns_server *server = dns_start_with(false, true);
    struct error err = ERROR_INIT;
    char address[32];
    server->unheard = 1;
    snprintf(address, sizeof address, "127.0.0.1:%d", server->port);
    json_t *answer = dns_query(address, "dc1.corp.example", "A", 1000, NULL, &err);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "status")), "NOERROR");
    ck_assert_str_eq(json_string_value(json_object_get(answer, "transport")), "udp");
    json_decref(answer);
    answer = dns_query(address, "silent.corp.example", "A", 600, NULL, &err);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "status")), "TIMEOUT");
    ck_assert_int_ge(json_integer_value(json_object_get(answer, "milliseconds")), 590);
    json_decref(answer);
    dns_stop(server);
}
END_TEST

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    interrupted = 1;
}

START_TEST(dns_interrupted)
{
    struct dns_server *server = dns_start(false);
    struct itimerval soon = {.it_value.tv_usec = 200000};
    struct error err = ERROR_INIT;
    char address[32];
    interrupted = 0;
    snprintf(address, sizeof address, "127.0.0.1:%d", server->port);
    signal(SIGALRM, interrupt);
    setitimer(ITIMER_REAL, &soon, NULL);
    ck_assert_ptr_null(dns_query(address, "silent.corp.example", "A", 60000, &interrupted, &err));
    ck_assert_int_eq(err.code, ERROR_INTERRUPTED);
    error_clear(&err);
    dns_stop(server);
}
END_TEST

static const struct {
    const char *server, *name, *type, *message;
} bad_questions[] = {
    {"dns.corp.example", "x", "A", "must be an address"},
    {"10.0.0.4:0", "x", "A", "must be an address"},
    {"10.0.0.4:99999", "x", "A", "must be an address"},
    {"10.0.0.4,10.0.0.5", "x", "A", "must be an address"},
    {"10.0.0.4:53x", "x", "A", "must be an address"},
    {"10.0.0.4:+53", "x", "A", "must be an address"},
    {"10.0.0.4: 53", "x", "A", "must be an address"},
    {"10.0.0.4:", "x", "A", "must be an address"},
    {"[10.0.0.4]:53", "x", "A", "must be an address"},
    {"[fd00::4]53", "x", "A", "must be an address"},
    {"[fd00::4", "x", "A", "must be an address"},
    {"", "x", "A", "must be an address"},
    {"127.0.0.1", "x", "AXFR", "must be A, AAAA"},
    {"127.0.0.1", "a..b", "A", "cannot be asked"},
};

START_TEST(dns_refusals)
{
    struct error err = ERROR_INIT;
    ck_assert_ptr_null(dns_query(bad_questions[_i].server, bad_questions[_i].name,
                                 bad_questions[_i].type, 100, NULL, &err));
    ck_assert_msg(strstr(error_text(&err), bad_questions[_i].message), "%s", error_text(&err));
    ck_assert_int_eq(err.code, ERROR_USAGE);
    error_clear(&err);
}
END_TEST

START_TEST(ports)
{
    struct dns_server *server = dns_start(false);
    struct error err = ERROR_INIT;
    char *answer = services_tcp_probe(NULL, "127.0.0.1", (unsigned)server->port, 2000, &err);
    ck_assert_msg(answer && strstr(answer, "\"open\":true"), "%s", answer ? answer : "");
    free(answer);
    unsigned port = (unsigned)server->port;
    dns_stop(server);
    answer = services_tcp_probe(NULL, "127.0.0.1", port, 2000, &err);
    ck_assert_msg(answer && strstr(answer, "\"open\":false,\"reason\":\""), "%s",
                  answer ? answer : "");
    free(answer);
    ck_assert_ptr_null(services_tcp_probe(NULL, "a/b", 80, 10, &err));
    ck_assert_ptr_null(services_tcp_probe(NULL, "me@host", 80, 10, &err));
    ck_assert_ptr_null(services_tcp_probe(NULL, "host", 0, 10, &err));
    ck_assert_ptr_null(services_tcp_probe(NULL, "", 1, 10, &err));
    error_clear(&err);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure probe");
    TCase *tcase = tcase_create("probe");
    tcase_set_timeout(tcase, 40); /* real sockets on a machine that may be busy */
    tcase_add_loop_test(tcase, dns_answers_by_question, 0, sizeof questions / sizeof *questions);
    tcase_add_test(tcase, dns_nobody_listens);
    tcase_add_test(tcase, dns_slow_without_tcp);
    tcase_add_test(tcase, dns_interrupted);
    tcase_add_loop_test(tcase, dns_refusals, 0, sizeof bad_questions / sizeof *bad_questions);
    tcase_add_test(tcase, ports);
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
