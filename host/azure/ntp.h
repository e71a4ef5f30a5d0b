/* SPDX-License-Identifier: Apache-2.0 */
/* What time it is, asked of an NTP server of the operator's choice: a client of RFC 4330 (SNTP),
 * which looks at answers as RFC 5905 wants it. */
#ifndef FLEXHOST_AZURE_NTP_H
#define FLEXHOST_AZURE_NTP_H

#include "base/error.h"

#include <jansson.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

enum { NTP_PACKET = 48, NTP_REASON = 128 };

/* A question that was sent. */
struct ntp_question {
    uint64_t cookie;  /* its transmit timestamp: a random number, which the answer repeats */
    int64_t asked_ms; /* since 1970, by this machine's clock */
};

enum ntp_verdict {
    NTP_ANSWERS,  /* stratum and offset_ms are set */
    NTP_DECLINES, /* it is the server's answer, and one without a time: reason says why */
    NTP_STRANGE   /* not an answer to the question, whoever sent it: the answer may still come */
};

struct ntp_answer {
    int stratum;
    int64_t offset_ms; /* how far ahead of this machine's clock */
    char reason[NTP_REASON];
};

/* Writes the question into packet. */
void ntp_write(const struct ntp_question *question, unsigned char packet[NTP_PACKET]);

/* Reads what came in at came_ms by this machine's clock. */
enum ntp_verdict ntp_read(const unsigned char *data, size_t length,
                          const struct ntp_question *question, int64_t came_ms,
                          struct ntp_answer *answer);

/* server: an address, with a port if it is not 123 ("10.0.0.4:1123", "[fd00::4]:1123"). The answer
 * is as fh_ntp_query of flexhost/plugin.h tells; NULL: err says which argument is wrong, or that it
 * was interrupted: the question ends when *interrupted is not 0; NULL: nothing ends it. */
json_t *ntp_query(const char *server, unsigned timeout_ms, const volatile sig_atomic_t *interrupted,
                  struct error *err);

#endif
