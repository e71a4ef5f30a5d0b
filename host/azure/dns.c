/* SPDX-License-Identifier: Apache-2.0 */
/* One DNS question, asked with c-ares. */
#include "azure/dns.h"

#include "azure/dns_answer.h"
#include "base/clock.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SHORTEST_MS = 100,
    LONGEST_MS = 60000,
    SOCKETS = 4 /* one question to one server needs two at most */
};

struct question {
    bool done;
    int status;
    int type;
    json_t *answers;
};

static void answered(void *context, int status, int timeouts, unsigned char *data, int length)
{
    struct question *question = context;
    question->done = true;
    question->status = status;
    if (status == ARES_SUCCESS)
        question->answers = dns_answers(question->type, data, length);
}

static int64_t now_ms(void)
{
    return clock_now(clock_system());
}

static void poll_once(ares_channel channel, int64_t left_ms)
{
    ares_socket_t sockets[SOCKETS];
    struct pollfd polled[SOCKETS];
    int mask = ares_getsock(channel, sockets, SOCKETS);
    nfds_t count = 0;
    for (int i = 0; i < SOCKETS; i++) {
        short events = (short)((ARES_GETSOCK_READABLE(mask, i) ? POLLIN : 0) |
                               (ARES_GETSOCK_WRITABLE(mask, i) ? POLLOUT : 0));
        if (events)
            polled[count++] = (struct pollfd){sockets[i], events, 0};
    }
    struct timeval most = {left_ms / 1000, (left_ms % 1000) * 1000}, next;
    struct timeval *wait = ares_timeout(channel, &most, &next);
    poll(polled, count, (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000));
    if (count == 0)
        ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (nfds_t i = 0; i < count; i++)
        ares_process_fd(channel,
                        polled[i].revents & (POLLIN | POLLERR | POLLHUP) ? polled[i].fd
                                                                         : ARES_SOCKET_BAD,
                        polled[i].revents & POLLOUT ? polled[i].fd : ARES_SOCKET_BAD);
}

/* Returns ARES_SUCCESS when the server is set. */
static int open_channel(ares_channel *channel, const char *server, bool tcp, int64_t timeout_ms)
{
    /* NOSEARCH, NOALIASES: the name as it is. NOCHECKRESP: SERVFAIL and REFUSED are answers. */
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
                                            ARES_FLAG_NOCHECKRESP | (tcp ? ARES_FLAG_USEVC : 0),
                                   .timeout = (int)timeout_ms,
                                   .tries = 1};
    int status =
        ares_init_options(channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS)
        return status;
    status = ares_set_servers_ports_csv(*channel, server);
    if (status != ARES_SUCCESS)
        ares_destroy(*channel);
    return status;
}

/* -1: the server cannot be set. */
static int ask(const char *server, const char *name, bool tcp, int64_t timeout_ms,
               struct question *question)
{
    ares_channel channel;
    if (open_channel(&channel, server, tcp, timeout_ms) != ARES_SUCCESS)
        return -1;
    int64_t end = now_ms() + timeout_ms;
    question->done = false;
    ares_query(channel, name, ns_c_in, question->type, answered, question);
    while (!question->done && now_ms() < end)
        poll_once(channel, end - now_ms());
    if (!question->done)
        question->status = ARES_ETIMEOUT;
    question->done = true;
    ares_destroy(channel); /* calls back what is left, with ARES_EDESTRUCTION */
    return 0;
}

static const char *status_text(int status)
{
    switch (status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
        return "NOERROR";
    case ARES_ENOTFOUND:
        return "NXDOMAIN";
    case ARES_ESERVFAIL:
        return "SERVFAIL";
    case ARES_EREFUSED:
        return "REFUSED";
    case ARES_ENOTIMP:
        return "NOTIMP";
    case ARES_EFORMERR:
    case ARES_EBADRESP:
        return "FORMERR";
    case ARES_ECONNREFUSED:
        return "REFUSED-CONNECTION";
    default:
        return "TIMEOUT";
    }
}

static bool no_answer(int status)
{
    return status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED || status == ARES_EDESTRUCTION;
}

/* An address, not a name: which server is asked must not depend on another. */
static bool is_server(const char *server)
{
    char host[INET6_ADDRSTRLEN + 1] = "";
    unsigned char address[16];
    unsigned port = 0;
    char rest;
    if (inet_pton(AF_INET, server, address) == 1 || inet_pton(AF_INET6, server, address) == 1)
        return true;
    if (sscanf(server, "[%46[0-9a-fA-F:.]]:%5u%c", host, &port, &rest) == 2)
        return inet_pton(AF_INET6, host, address) == 1 && port > 0 && port < 65536;
    if (sscanf(server, "[%46[0-9a-fA-F:.]%c%c", host, &rest, &rest) == 2)
        return server[strlen(server) - 1] == ']' && inet_pton(AF_INET6, host, address) == 1;
    return sscanf(server, "%46[0-9.]:%5u%c", host, &port, &rest) == 2 && port > 0 && port < 65536 &&
           inet_pton(AF_INET, host, address) == 1;
}

json_t *dns_query(const char *server, const char *name, const char *type, unsigned timeout_ms,
                  struct error *err)
{
    struct question question = {.type = dns_type(type)};
    int64_t begun = now_ms();
    int64_t timeout = timeout_ms < SHORTEST_MS  ? SHORTEST_MS
                      : timeout_ms > LONGEST_MS ? LONGEST_MS
                                                : timeout_ms;
    if (question.type < 0) {
        error_set(err, ERROR_USAGE, NULL,
                  "the DNS type must be A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT, not '%s'",
                  type);
        return NULL;
    }
    if (!is_server(server)) {
        error_set(err, ERROR_USAGE, NULL,
                  "a DNS server must be an address such as 10.0.0.4 or 10.0.0.4:5353, not '%s'",
                  server);
        return NULL;
    }
    /* Half of the time for each way, so that a firewall that swallows one is found out. */
    bool tcp = false;
    int set = ask(server, name, false, timeout / 2, &question);
    if (set == 0 && no_answer(question.status)) {
        tcp = true;
        set = ask(server, name, true, timeout / 2, &question);
    }
    if (set != 0 || question.status == ARES_EBADNAME) {
        json_decref(question.answers);
        error_set(err, ERROR_USAGE, NULL, "'%s' cannot be asked of the DNS server %s", name,
                  server);
        return NULL;
    }
    json_t *answers = question.answers ? question.answers : json_array();
    json_t *result =
        json_pack("{ss so sI ss}", "status", status_text(question.status), "answers", answers,
                  "milliseconds", (json_int_t)(now_ms() - begun), "transport", tcp ? "tcp" : "udp");
    if (!result)
        error_no_memory(err);
    return result;
}
