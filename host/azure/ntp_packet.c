/* SPDX-License-Identifier: Apache-2.0 */
/* The packet of SNTP: 48 bytes, and what must hold for an answer to be believed. */
#include "azure/ntp.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_1900_TO_1970 UINT64_C(2208988800)

enum {
    LEAP_UNKNOWN = 3,
    VERSION = 4,
    MODE_CLIENT = 3,
    MODE_SERVER = 4,
    STRATUM_MOST = 15,
    DISTANCE_MOST = 16, /* seconds; MAXDISP of RFC 5905 */
    AT_DELAY = 4,
    AT_DISPERSION = 8,
    AT_CODE = 12,
    AT_ORIGIN = 24,
    AT_RECEIVE = 32,
    AT_TRANSMIT = 40
};

static uint32_t get32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t get64(const unsigned char *at)
{
    return (uint64_t)get32(at) << 32 | get32(at + 4);
}

static void put64(unsigned char *at, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        at[i] = (unsigned char)value;
}

void ntp_write(const struct ntp_question *question, unsigned char packet[NTP_PACKET])
{
    memset(packet, 0, NTP_PACKET);
    packet[0] = VERSION << 3 | MODE_CLIENT;
    put64(packet + AT_TRANSMIT, question->cookie);
}

/* Seconds since 1900 modulo 2^32, and a fraction of 2^-32: NTP's own form. */
static uint64_t timestamp_of(int64_t wall_ms)
{
    uint64_t seconds = (uint64_t)(wall_ms / 1000) + SECONDS_1900_TO_1970;
    uint64_t rest = (uint64_t)(wall_ms % 1000);
    return seconds << 32 | ((rest << 32) / 1000);
}

/* The difference of two timestamps is right across the turn of an era (2036), as long as they are
 * less than 68 years apart. */
static int64_t ahead_ms(uint64_t theirs, uint64_t ours)
{
    uint64_t difference = theirs - ours;
    bool behind = difference >> 63;
    uint64_t size = behind ? 0 - difference : difference;
    int64_t ms = (int64_t)((size >> 32) * 1000 + ((size & UINT32_MAX) * 1000 >> 32));
    return behind ? -ms : ms;
}

static enum ntp_verdict say(struct ntp_answer *answer, enum ntp_verdict verdict, const char *reason)
{
    snprintf(answer->reason, sizeof answer->reason, "%s", reason);
    return verdict;
}

/* Kiss-o'-death: a server's four letters for "leave me alone". */
static enum ntp_verdict kiss(const unsigned char *code, struct ntp_answer *answer)
{
    static const struct {
        const char *code, *words;
    } known[] = {{"DENY", ": it refuses this machine"},
                 {"RSTR", ": it refuses this machine"},
                 {"RATE", ": it was asked too often"},
                 {"INIT", ": it has not set its clock yet"},
                 {"STEP", ": it is setting its clock"},
                 {"AUTH", ": it wants a key"},
                 {"CRYP", ": it wants a key"},
                 {"NKEY", ": it wants a key"},
                 {"ACST", ": it is no server of its network"}};
    char text[5] = "";
    const char *words = "";
    for (size_t i = 0; i < 4 && code[i]; i++)
        text[i] = (char)(code[i] > ' ' && code[i] < 0x7f ? code[i] : '?');
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].code, text) == 0)
            words = known[i].words;
    snprintf(answer->reason, sizeof answer->reason, "it answers with the kiss of death \"%s\"%s",
             text, words);
    return NTP_DECLINES;
}

/* How far its clock may be from true time by its own account, in 2^-16 seconds. */
static uint64_t distance(const unsigned char *data)
{
    return (uint64_t)get32(data + AT_DELAY) / 2 + get32(data + AT_DISPERSION);
}

enum ntp_verdict ntp_read(const unsigned char *data, size_t length,
                          const struct ntp_question *question, int64_t came_ms,
                          struct ntp_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    if (length < NTP_PACKET)
        return say(answer, NTP_STRANGE, "what it sends is shorter than an NTP packet");
    unsigned leap = data[0] >> 6, version = data[0] >> 3 & 7, mode = data[0] & 7;
    if (mode != MODE_SERVER || version < 1 || version > VERSION)
        return say(answer, NTP_STRANGE, "what it sends is no answer of an NTP server");
    if (get64(data + AT_ORIGIN) != question->cookie)
        return say(answer, NTP_STRANGE, "it answers a question that was not asked");
    if (data[1] == 0 && get32(data + AT_CODE) != 0)
        return kiss(data + AT_CODE, answer);
    uint64_t received = get64(data + AT_RECEIVE), sent = get64(data + AT_TRANSMIT);
    if (leap == LEAP_UNKNOWN || data[1] == 0 || data[1] > STRATUM_MOST ||
        distance(data) >= (uint64_t)DISTANCE_MOST << 16)
        return say(answer, NTP_DECLINES, "its own clock is not synchronised");
    if (received == 0 || sent == 0)
        return say(answer, NTP_DECLINES, "there is no time in its answer");
    answer->stratum = data[1];
    answer->offset_ms = (ahead_ms(received, timestamp_of(question->asked_ms)) +
                         ahead_ms(sent, timestamp_of(came_ms))) /
                        2;
    return NTP_ANSWERS;
}
