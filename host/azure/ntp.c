/* SPDX-License-Identifier: Apache-2.0 */
/* A question to an NTP server, asked again while nothing comes back. */
#include "azure/ntp.h"

#include "azure/endpoint.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PORT = 123,
    SHORTEST_MS = 100,
    LONGEST_MS = 60000,
    LOOK_UP_MS = 250,   /* how often to see whether it is interrupted */
    TRIES = 3,          /* UDP loses packets */
    RECEIVED_MOST = 512 /* more than any answer: extensions and signatures follow the 48 bytes */
};

struct asking {
    int socket;
    struct ntp_question questions[TRIES]; /* a late answer to an earlier one is as good */
    size_t asked;
    int64_t begun; /* monotonic */
    const volatile sig_atomic_t *interrupted;
    struct ntp_answer answer;
    enum ntp_verdict verdict;
    bool answered; /* verdict and answer are final */
};

static int64_t now_ms(void)
{
    return clock_now(clock_system());
}

static void give_up(struct asking *asking, int error)
{
    asking->answered = true;
    asking->verdict = NTP_DECLINES;
    snprintf(asking->answer.reason, sizeof asking->answer.reason, "%s",
             error == ECONNREFUSED ? "nothing listens there: the connection is refused"
                                   : strerror(error));
}

static void ask_once(struct asking *asking)
{
    unsigned char packet[NTP_PACKET];
    struct ntp_question *question = &asking->questions[asking->asked++];
    *question = (struct ntp_question){clock_random(clock_system()), clock_wall(clock_system())};
    ntp_write(question, packet);
    if (send(asking->socket, packet, sizeof packet, 0) < 0)
        give_up(asking, errno);
}

static void hear(struct asking *asking)
{
    unsigned char data[RECEIVED_MOST];
    ssize_t length = recv(asking->socket, data, sizeof data, MSG_DONTWAIT);
    int64_t came_ms = clock_wall(clock_system());
    if (length < 0) {
        if (errno != EAGAIN && errno != EINTR)
            give_up(asking, errno);
        return;
    }
    for (size_t i = asking->asked; i > 0 && !asking->answered; i--) {
        asking->verdict =
            ntp_read(data, (size_t)length, &asking->questions[i - 1], came_ms, &asking->answer);
        asking->answered = asking->verdict != NTP_STRANGE;
    }
}

static bool goes_on(const struct asking *asking)
{
    return !asking->answered && !(asking->interrupted && *asking->interrupted);
}

static void wait_until(struct asking *asking, int64_t end)
{
    for (int64_t now = now_ms(); now < end && goes_on(asking); now = now_ms()) {
        struct pollfd polled = {asking->socket, POLLIN, 0};
        if (poll(&polled, 1, (int)(end - now < LOOK_UP_MS ? end - now : LOOK_UP_MS)) > 0)
            hear(asking);
    }
}

static void ask(struct asking *asking, const struct endpoint *server, int64_t timeout_ms)
{
    asking->begun = now_ms();
    /* Connected: only what comes from there is heard, and a refusal is told. */
    asking->socket = socket(server->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (asking->socket < 0 ||
        connect(asking->socket, (const struct sockaddr *)&server->address, server->length) < 0)
        give_up(asking, errno);
    while (goes_on(asking) && asking->asked < TRIES) {
        ask_once(asking);
        wait_until(asking, asking->begun + timeout_ms * (int64_t)asking->asked / TRIES);
    }
    if (asking->socket >= 0)
        close(asking->socket);
    if (!asking->answered && !*asking->answer.reason)
        snprintf(asking->answer.reason, sizeof asking->answer.reason, "no answer within %lld ms",
                 (long long)timeout_ms);
}

json_t *ntp_query(const char *server, unsigned timeout_ms, const volatile sig_atomic_t *interrupted,
                  struct error *err)
{
    struct endpoint endpoint;
    struct asking asking = {.socket = -1, .interrupted = interrupted};
    int64_t timeout = timeout_ms < SHORTEST_MS  ? SHORTEST_MS
                      : timeout_ms > LONGEST_MS ? LONGEST_MS
                                                : timeout_ms;
    if (!endpoint_read(server, PORT, &endpoint)) {
        error_set(err, ERROR_USAGE, NULL,
                  "an NTP server must be an address such as 10.0.0.4 or 10.0.0.4:1123, not '%s'",
                  server);
        return NULL;
    }
    ask(&asking, &endpoint, timeout);
    if (!asking.answered && !goes_on(&asking)) {
        error_set(err, ERROR_INTERRUPTED, NULL, "interrupted while waiting for the NTP server %s",
                  server);
        return NULL;
    }
    json_t *result =
        asking.answered && asking.verdict == NTP_ANSWERS
            ? json_pack("{sb si sI sI}", "answered", 1, "stratum", asking.answer.stratum,
                        "offsetMs", (json_int_t)asking.answer.offset_ms, "milliseconds",
                        (json_int_t)(now_ms() - asking.begun))
            : json_pack("{sb ss}", "answered", 0, "reason", asking.answer.reason);
    if (!result)
        error_no_memory(err);
    return result;
}
