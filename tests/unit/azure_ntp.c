/* SPDX-License-Identifier: Apache-2.0 */
/* The time, asked of a server in a thread on loopback: a good one, and hostile ones. */
#include "azure/endpoint.h"
#include "azure/ntp.h"
#include "azure/services.h"
#include "base/clock.h"
#include "tap_main.h"

#include <arpa/inet.h>
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

#define SINCE_1900 UINT64_C(2208988800)

enum { ROOM = 128, AT_ORIGIN = 24, AT_RECEIVE = 32, AT_TRANSMIT = 40 };

/* ---- answers ---- */

static void put64(unsigned char *at, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        at[i] = (unsigned char)value;
}

static void put_time(unsigned char *at, int64_t wall_ms)
{
    put64(at, ((uint64_t)(wall_ms / 1000) + SINCE_1900) << 32 |
                  ((uint64_t)(wall_ms % 1000) << 32) / 1000);
}

/* Turns a question into the answer of a good server, whose clock is ahead_ms ahead of ours. */
static void good_answer(unsigned char *packet, int64_t wall_ms, int64_t ahead_ms)
{
    memmove(packet + AT_ORIGIN, packet + AT_TRANSMIT, 8);
    packet[0] = 4 << 3 | 4;
    packet[1] = 2;
    memcpy(packet + 12, "\x0a\0\0\1", 4);
    put_time(packet + 16, wall_ms + ahead_ms - 5000);
    put_time(packet + AT_RECEIVE, wall_ms + ahead_ms);
    put_time(packet + AT_TRANSMIT, wall_ms + ahead_ms);
}

static size_t good(unsigned char *packet)
{
    return NTP_PACKET;
}

static size_t with_extensions(unsigned char *packet)
{
    return NTP_PACKET + 20;
}

static size_t too_short(unsigned char *packet)
{
    return NTP_PACKET - 1;
}

static size_t nothing_in_it(unsigned char *packet)
{
    return 0;
}

static size_t zeroes(unsigned char *packet)
{
    memset(packet, 0, NTP_PACKET);
    return NTP_PACKET;
}

static size_t client_mode(unsigned char *packet)
{
    packet[0] = 4 << 3 | 3;
    return NTP_PACKET;
}

static size_t version_zero(unsigned char *packet)
{
    packet[0] = 4;
    return NTP_PACKET;
}

static size_t version_three(unsigned char *packet)
{
    packet[0] = 3 << 3 | 4;
    return NTP_PACKET;
}

/* The answer to some question of before. */
static size_t replayed(unsigned char *packet)
{
    packet[AT_ORIGIN + 7] ^= 1;
    return NTP_PACKET;
}

static size_t no_origin(unsigned char *packet)
{
    memset(packet + AT_ORIGIN, 0, 8);
    return NTP_PACKET;
}

static size_t unsynchronised(unsigned char *packet)
{
    packet[0] |= 3 << 6;
    return NTP_PACKET;
}

static size_t leap_second(unsigned char *packet)
{
    packet[0] |= 1 << 6;
    return NTP_PACKET;
}

static size_t stratum_15(unsigned char *packet)
{
    packet[1] = 15;
    return NTP_PACKET;
}

static size_t stratum_16(unsigned char *packet)
{
    packet[1] = 16;
    return NTP_PACKET;
}

/* What chronyd says before it has a source. */
static size_t stratum_0(unsigned char *packet)
{
    packet[1] = 0;
    memset(packet + 12, 0, 4);
    return NTP_PACKET;
}

static size_t far_from_truth(unsigned char *packet)
{
    packet[9] = 16; /* root dispersion: 16 s */
    return NTP_PACKET;
}

static size_t delay_beyond_measure(unsigned char *packet)
{
    memset(packet + 4, 0xff, 8);
    return NTP_PACKET;
}

static size_t no_transmit_time(unsigned char *packet)
{
    memset(packet + AT_TRANSMIT, 0, 8);
    return NTP_PACKET;
}

static size_t kiss(unsigned char *packet)
{
    packet[1] = 0;
    memcpy(packet + 12, "DENY", 4);
    return NTP_PACKET;
}

static size_t kiss_unprintable(unsigned char *packet)
{
    packet[1] = 0;
    memcpy(packet + 12, "X\x1b\x80\x7f", 4);
    return NTP_PACKET;
}

/* A kiss that anybody could send: not for our question. */
static size_t kiss_of_a_stranger(unsigned char *packet)
{
    kiss(packet);
    return replayed(packet);
}

/* ---- the server ---- */

struct server {
    int socket, port;
    size_t (*change)(unsigned char *packet);
    int lost;            /* the first questions that get no answer */
    bool late;           /* answers the first question when the second comes */
    bool stranger_first; /* sends a replay before each answer */
    int64_t ahead_ms;
    unsigned char seen[8]; /* the transmit timestamp of the last question */
    atomic_int heard;
    atomic_bool stopping;
    pthread_t thread;
};

static void serve_one(struct server *server)
{
    unsigned char packet[ROOM] = {0}, first[ROOM];
    static _Thread_local unsigned char held[ROOM];
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    ssize_t length =
        recvfrom(server->socket, packet, sizeof packet, 0, (struct sockaddr *)&peer, &size);
    if (length != NTP_PACKET)
        return;
    memcpy(server->seen, packet + AT_TRANSMIT, 8);
    good_answer(packet, clock_wall(clock_system()), server->ahead_ms);
    int number = ++server->heard;
    if (server->late && number == 1)
        memcpy(held, packet, sizeof held);
    if (number <= server->lost || (server->late && number == 1))
        return;
    if (server->late)
        memcpy(packet, held, sizeof packet);
    if (server->stranger_first) {
        memcpy(first, packet, sizeof first);
        sendto(server->socket, first, replayed(first), 0, (struct sockaddr *)&peer, size);
    }
    if (server->change)
        sendto(server->socket, packet, server->change(packet), 0, (struct sockaddr *)&peer, size);
}

static void *serve(void *context)
{
    struct server *server = context;
    while (!server->stopping) {
        struct pollfd polled = {server->socket, POLLIN, 0};
        if (poll(&polled, 1, 20) > 0)
            serve_one(server);
    }
    return NULL;
}

static void start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->socket = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(server->socket, (struct sockaddr *)&address, size) != 0)
        abort();
    getsockname(server->socket, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, serve, server);
}

static void stop(struct server *server)
{
    server->stopping = true;
    pthread_join(server->thread, NULL);
    close(server->socket);
}

static json_t *ask(const struct server *server, unsigned timeout_ms)
{
    struct error err = ERROR_INIT;
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", server->port);
    char *text = services_ntp_query(NULL, address, timeout_ms, &err);
    ck_assert_msg(text, "%s", error_text(&err));
    json_t *answer = json_loads(text, 0, NULL);
    free(text);
    return answer;
}

static bool is_answered(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "answered"));
}

static int64_t number_of(const json_t *answer, const char *name)
{
    return json_integer_value(json_object_get(answer, name));
}

/* ---- what comes of answers ---- */

static const struct {
    size_t (*change)(unsigned char *packet);
    const char *reason; /* NULL: it is believed */
} answers[] = {
    {good, NULL},
    {with_extensions, NULL},
    {version_three, NULL},
    {leap_second, NULL},
    {stratum_15, NULL},
    {too_short, "shorter than an NTP packet"},
    {nothing_in_it, "shorter than an NTP packet"},
    {zeroes, "no answer of an NTP server"},
    {client_mode, "no answer of an NTP server"},
    {version_zero, "no answer of an NTP server"},
    {replayed, "a question that was not asked"},
    {no_origin, "a question that was not asked"},
    {kiss_of_a_stranger, "a question that was not asked"},
    {unsynchronised, "not synchronised"},
    {stratum_16, "not synchronised"},
    {stratum_0, "not synchronised"},
    {far_from_truth, "not synchronised"},
    {delay_beyond_measure, "not synchronised"},
    {no_transmit_time, "no time in its answer"},
    {kiss, "\"DENY\": it refuses this machine"},
    {kiss_unprintable, "\"X???\""},
    {NULL, "no answer within 300 ms"},
};

START_TEST(ntp_answers)
{
    struct server server = {.change = answers[_i].change};
    start(&server);
    json_t *answer = ask(&server, answers[_i].reason ? 300 : 3000);
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    if (answers[_i].reason)
        ck_assert_msg(reason && strstr(reason, answers[_i].reason), "%s", reason ? reason : "good");
    else
        ck_assert_int_gt(number_of(answer, "stratum"), 0);
    ck_assert_int_eq(is_answered(answer), !answers[_i].reason);
    json_decref(answer);
    stop(&server);
}
END_TEST

static const int64_t offsets[] = {0, 7000, -7000, 86400000, -86400000, INT64_C(315360000000)};

START_TEST(ntp_offset)
{
    struct server server = {.change = good, .ahead_ms = offsets[_i]};
    start(&server);
    json_t *answer = ask(&server, 3000);
    ck_assert(is_answered(answer));
    ck_assert_int_eq(number_of(answer, "stratum"), 2);
    ck_assert_int_le(llabs(number_of(answer, "offsetMs") - offsets[_i]), 500);
    json_decref(answer);
    stop(&server);
}
END_TEST

START_TEST(ntp_asks_again)
{
    struct server server = {.change = good, .lost = 2};
    start(&server);
    json_t *answer = ask(&server, 900);
    ck_assert(is_answered(answer));
    ck_assert_int_eq(server.heard, 3);
    json_decref(answer);
    stop(&server);
}
END_TEST

START_TEST(ntp_late_answer)
{
    struct server server = {.change = good, .late = true};
    start(&server);
    json_t *answer = ask(&server, 1200);
    ck_assert(is_answered(answer));
    json_decref(answer);
    stop(&server);
}
END_TEST

/* Who sends a forged answer first does not keep the real one away. */
START_TEST(ntp_stranger_first)
{
    struct server server = {.change = good, .stranger_first = true};
    start(&server);
    json_t *answer = ask(&server, 3000);
    ck_assert(is_answered(answer));
    ck_assert_int_eq(server.heard, 1);
    json_decref(answer);
    stop(&server);
}
END_TEST

/* Its timestamp tells nothing of this machine's clock, and cannot be guessed from another. */
START_TEST(ntp_questions_differ)
{
    struct server server = {.change = good};
    unsigned char before[8];
    start(&server);
    json_decref(ask(&server, 3000));
    memcpy(before, server.seen, sizeof before);
    json_decref(ask(&server, 3000));
    ck_assert(memcmp(before, server.seen, 4) != 0);
    stop(&server);
}
END_TEST

START_TEST(ntp_time_limit)
{
    struct server server = {0};
    start(&server);
    int64_t begun = clock_now(clock_system());
    json_decref(ask(&server, 600));
    int64_t took = clock_now(clock_system()) - begun;
    ck_assert_int_ge(took, 590);
    ck_assert_int_le(took, 1800);
    ck_assert_int_eq(server.heard, 3);
    stop(&server);
}
END_TEST

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    interrupted = 1;
}

START_TEST(ntp_interrupted)
{
    struct server server = {0};
    struct itimerval soon = {.it_value.tv_usec = 200000};
    struct error err = ERROR_INIT;
    char address[32];
    interrupted = 0;
    start(&server);
    snprintf(address, sizeof address, "127.0.0.1:%d", server.port);
    signal(SIGALRM, interrupt);
    setitimer(ITIMER_REAL, &soon, NULL);
    ck_assert_ptr_null(ntp_query(address, 60000, &interrupted, &err));
    ck_assert_int_eq(err.code, ERROR_INTERRUPTED);
    error_clear(&err);
    stop(&server);
}
END_TEST

START_TEST(ntp_nobody_listens)
{
    struct server server = {0};
    start(&server);
    stop(&server);
    int64_t begun = clock_now(clock_system());
    json_t *answer = ask(&server, 5000);
    ck_assert(!is_answered(answer));
    ck_assert(strstr(json_string_value(json_object_get(answer, "reason")), "nothing listens"));
    ck_assert_int_le(clock_now(clock_system()) - begun, 3000);
    json_decref(answer);
}
END_TEST

/* On 2036-02-07 the seconds begin at 0 again. */
START_TEST(ntp_turn_of_the_era)
{
    int64_t turn = (INT64_C(0x100000000) - (int64_t)SINCE_1900) * 1000;
    static const int64_t asked[] = {-2000, 2000};
    unsigned char packet[NTP_PACKET];
    struct ntp_question question = {1, turn + asked[_i]};
    struct ntp_answer answer;
    ntp_write(&question, packet);
    /* The server's clock is on the other side of the turn. */
    good_answer(packet, turn, 1000 - asked[_i]);
    ck_assert_int_eq(ntp_read(packet, sizeof packet, &question, question.asked_ms, &answer),
                     NTP_ANSWERS);
    ck_assert_int_le(llabs(answer.offset_ms - (1000 - 2 * asked[_i])), 1);
}
END_TEST

static const struct {
    const char *server;
    int family, port; /* 0: it is refused */
} servers[] = {
    {"10.0.0.4", AF_INET, 123},
    {"10.0.0.4:1123", AF_INET, 1123},
    {"fd00::4", AF_INET6, 123},
    {"[fd00::4]", AF_INET6, 123},
    {"[fd00::4]:1123", AF_INET6, 1123},
    {"::ffff:10.0.0.4", AF_INET6, 123},
    {"time.corp.example", 0, 0},
    {"10.0.0.4:0", 0, 0},
    {"10.0.0.4:65536", 0, 0},
    {"10.0.0.4:123456789", 0, 0},
    {"10.0.0", 0, 0},
    {"", 0, 0},
    {":123", 0, 0},
    {"[", 0, 0},
    {"[]", 0, 0},
    {"[10.0.0.4]", 0, 0},
    {"[fd00::4]x", 0, 0},
    {"fd00::4%lo", 0, 0},
    {"10.0.0.4:-1", 0, 0},
};

START_TEST(ntp_servers)
{
    struct endpoint endpoint;
    struct error err = ERROR_INIT;
    bool fine = endpoint_read(servers[_i].server, 123, &endpoint);
    ck_assert_int_eq(fine, servers[_i].family != 0);
    if (fine) {
        /* The port is at the same place for both families. */
        const struct sockaddr_in *address = (const struct sockaddr_in *)&endpoint.address;
        ck_assert_int_eq(endpoint.address.ss_family, servers[_i].family);
        ck_assert_int_eq(ntohs(address->sin_port), servers[_i].port);
        return;
    }
    ck_assert_ptr_null(ntp_query(servers[_i].server, 100, NULL, &err));
    ck_assert(strstr(error_text(&err), "must be an address"));
    ck_assert_int_eq(err.code, ERROR_USAGE);
    error_clear(&err);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure ntp");
    TCase *tcase = tcase_create("ntp");
    tcase_set_timeout(tcase, 40); /* real sockets on a machine that may be busy */
    tcase_add_loop_test(tcase, ntp_answers, 0, sizeof answers / sizeof *answers);
    tcase_add_loop_test(tcase, ntp_offset, 0, sizeof offsets / sizeof *offsets);
    tcase_add_test(tcase, ntp_asks_again);
    tcase_add_test(tcase, ntp_late_answer);
    tcase_add_test(tcase, ntp_stranger_first);
    tcase_add_test(tcase, ntp_questions_differ);
    tcase_add_test(tcase, ntp_time_limit);
    tcase_add_test(tcase, ntp_interrupted);
    tcase_add_test(tcase, ntp_nobody_listens);
    tcase_add_loop_test(tcase, ntp_turn_of_the_era, 0, 2);
    tcase_add_loop_test(tcase, ntp_servers, 0, sizeof servers / sizeof *servers);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
