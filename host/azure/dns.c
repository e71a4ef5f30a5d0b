/* SPDX-License-Identifier: Apache-2.0 */
/* One DNS question, asked with c-ares. */
#include "azure/dns.h"

#include "azure/dns_answer.h"
#include "azure/endpoint.h"
#include "base/clock.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

enum {
    PORT = 53,
    HEADER_SIZE = 12,
    NO_CODE = -1,
    SHORTEST_MS = 100,
    LOOK_UP_MS = 250, /* how often to see whether it is interrupted */
    LONGEST_MS = 60000,
    SOCKETS = 4 /* one question to one server needs two at most */
};

struct question {
    const char *name;
    int type;
    const volatile sig_atomic_t *interrupted;
    bool done;
    int status;      /* ARES_... */
    int code;        /* of the server's answer; NO_CODE: none came */
    bool truncated;  /* the answer by UDP was cut */
    json_t *answers; /* NULL: none */
};

/* The code is read here: c-ares takes an answer with a code that it does not know for a good one.
 */
static void answered(void *context, int status, int timeouts, unsigned char *data, int length)
{
    struct question *question = context;
    question->done = true;
    question->status = status;
    if (!data || length < HEADER_SIZE)
        return;
    question->code = data[3] & 0xf;
    question->truncated |= (data[2] & 2) != 0;
    if (question->code == ns_r_noerror && status == ARES_SUCCESS)
        question->answers = dns_answers(question->type, data, length);
}

static int64_t now_ms(void)
{
    return clock_now(clock_system());
}

static bool is_interrupted(const struct question *question)
{
    return question->interrupted && *question->interrupted;
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

static int set_server(ares_channel channel, const struct endpoint *server)
{
    struct ares_addr_port_node node = {.family = server->address.ss_family};
    int port;
    if (node.family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&server->address;
        node.addr.addr4 = v4->sin_addr;
        port = ntohs(v4->sin_port);
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&server->address;
        memcpy(&node.addr.addr6, &v6->sin6_addr, sizeof node.addr.addr6);
        port = ntohs(v6->sin6_port);
    }
    node.udp_port = node.tcp_port = port;
    return ares_set_servers_ports(channel, &node);
}

/* Returns ARES_SUCCESS when the server is set. */
static int open_channel(ares_channel *channel, const struct endpoint *server, bool tcp,
                        int64_t timeout_ms)
{
    /* NOSEARCH, NOALIASES: the name as it is. NOCHECKRESP: SERVFAIL and REFUSED are answers.
     * IGNTC: what to do about an answer that was cut is decided here. */
    struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
                                            ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC |
                                            (tcp ? ARES_FLAG_USEVC : 0),
                                   .timeout = (int)timeout_ms,
                                   .tries = 1};
    int status =
        ares_init_options(channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS)
        return status;
    status = set_server(*channel, server);
    if (status != ARES_SUCCESS)
        ares_destroy(*channel);
    return status;
}

static void ask(const struct endpoint *server, bool tcp, int64_t end, struct question *question)
{
    ares_channel channel;
    int64_t timeout_ms = end - now_ms();
    json_decref(question->answers);
    question->answers = NULL;
    question->code = NO_CODE;
    question->status = ARES_ETIMEOUT;
    question->done = false;
    if (timeout_ms <= 0 || is_interrupted(question))
        return;
    question->status = open_channel(&channel, server, tcp, timeout_ms);
    if (question->status != ARES_SUCCESS)
        return;
    ares_query(channel, question->name, ns_c_in, question->type, answered, question);
    for (int64_t left = timeout_ms; !question->done && left > 0 && !is_interrupted(question);
         left = end - now_ms())
        poll_once(channel, left < LOOK_UP_MS ? left : LOOK_UP_MS);
    if (!question->done)
        question->status = ARES_ETIMEOUT;
    bool done = question->done;
    int status = question->status;
    ares_destroy(channel); /* calls back what is left, with ARES_EDESTRUCTION */
    question->done = done;
    question->status = status;
}

static const char *status_text(const struct question *question)
{
    static const char *const codes[] = {
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
        "NXRRSET", "NOTAUTH", "NOTZONE",  "RCODE11",  "RCODE12", "RCODE13", "RCODE14",  "RCODE15"};
    if (question->code != NO_CODE)
        return codes[question->code];
    if (question->status == ARES_ECONNREFUSED)
        return "REFUSED-CONNECTION";
    return question->status == ARES_EBADRESP ? "FORMERR" : "TIMEOUT";
}

/* Without an answer: whether the status says something of the server, not of the question. */
static bool says_something(int status)
{
    return status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED || status == ARES_EBADRESP;
}

/* Half of the time for UDP, so that a firewall that swallows it is found out; TCP has the rest, and
 * UDP again where nobody listens for TCP: a server that looks a name up for long knows it by then.
 * Returns whether it was TCP that told in the end. */
static bool ask_both_ways(const struct endpoint *server, int64_t timeout_ms,
                          struct question *question)
{
    int64_t begun = now_ms(), end = begun + timeout_ms;
    ask(server, false, begun + timeout_ms / 2, question);
    if (question->code == NO_CODE ? !says_something(question->status) : !question->truncated)
        return false;
    bool silent = question->status == ARES_ETIMEOUT;
    ask(server, true, end, question);
    if (!silent || question->status != ARES_ECONNREFUSED)
        return true;
    ask(server, false, end, question);
    return false;
}

static json_t *result_of(struct question *question, bool tcp, int64_t took_ms)
{
    json_t *answers = question->answers ? question->answers : json_array();
    json_t *result =
        json_pack("{ss so sI ss}", "status", status_text(question), "answers", answers,
                  "milliseconds", (json_int_t)took_ms, "transport", tcp ? "tcp" : "udp");
    question->answers = NULL;
    if (result && question->truncated)
        json_object_set_new(result, "truncated", json_true());
    return result;
}

json_t *dns_query(const char *server, const char *name, const char *type, unsigned timeout_ms,
                  const volatile sig_atomic_t *interrupted, struct error *err)
{
    struct question question = {.name = name, .type = dns_type(type), .interrupted = interrupted};
    struct endpoint endpoint;
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
    if (!endpoint_read(server, PORT, &endpoint)) {
        error_set(err, ERROR_USAGE, NULL,
                  "a DNS server must be an address such as 10.0.0.4 or 10.0.0.4:5353, not '%s'",
                  server);
        return NULL;
    }
    bool tcp = ask_both_ways(&endpoint, timeout, &question);
    if (question.code == NO_CODE && is_interrupted(&question)) {
        error_set(err, ERROR_INTERRUPTED, NULL, "interrupted while waiting for the DNS server %s",
                  server);
        return NULL;
    }
    if (question.code == NO_CODE && !says_something(question.status)) {
        json_decref(question.answers);
        error_set(err, ERROR_USAGE, NULL, "'%s' cannot be asked of the DNS server %s: %s", name,
                  server, ares_strerror(question.status));
        return NULL;
    }
    json_t *result = result_of(&question, tcp, now_ms() - begun);
    if (!result)
        error_no_memory(err);
    return result;
}
