/* SPDX-License-Identifier: Apache-2.0 */
/* Any packet that comes in answer to a question for the time: only what repeats the question and
 * is of a server with a clock is believed, and every refusal has a reason that can be shown.
 *
 * Input: the question's cookie (8 bytes), then the packet. */
#include "azure/ntp.h"

#include "fuzz.h"

enum { COOKIE = 8, AT_ORIGIN = 24 };

static bool is_shown(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

/* A packet of its own size, so that a read past its end is seen. */
static void read_packet(const struct ntp_question *question, const uint8_t *data, size_t size)
{
    struct ntp_answer answer;
    unsigned char *packet = calloc(1, size ? size : 1);
    if (!packet)
        abort();
    if (size)
        memcpy(packet, data, size);
    enum ntp_verdict verdict = ntp_read(packet, size, question, question->asked_ms + 250, &answer);
    if (verdict == NTP_ANSWERS) {
        fuzz_require(size >= NTP_PACKET, "a believed packet is whole");
        fuzz_require((packet[0] & 7) == 4 && packet[0] >> 6 != 3, "it is of a server with a clock");
        fuzz_require(answer.stratum >= 1 && answer.stratum <= 15, "its stratum is a server's");
        fuzz_require(answer.offset_ms < INT64_C(2147483649000) &&
                         answer.offset_ms > INT64_C(-2147483649000),
                     "its offset is within half an era");
        fuzz_require(!*answer.reason, "it has no reason against it");
    } else {
        fuzz_require(*answer.reason && is_shown(answer.reason), "a refusal says why");
    }
    if (verdict != NTP_STRANGE) {
        unsigned char asked[NTP_PACKET];
        ntp_write(question, asked);
        fuzz_require(memcmp(packet + AT_ORIGIN, asked + 40, 8) == 0, "it repeats the question");
    }
    free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ntp_question question = {0, INT64_C(1700000000123)};
    if (size < COOKIE)
        return 0;
    for (size_t i = 0; i < COOKIE; i++)
        question.cookie = question.cookie << 8 | data[i];
    read_packet(&question, data + COOKIE, size - COOKIE);
    return 0;
}
