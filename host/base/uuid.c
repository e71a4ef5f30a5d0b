/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs of versions 7 and 8. */
#include "base/uuid.h"

#include "base/digest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* No counter for ids of one millisecond: it would have to outlive the call, and a replay with the
 * same clock must make the same ids. */
void uuid_v7(struct clock *clock, char text[UUID_TEXT])
{
    uint64_t ms = (uint64_t)clock_wall(clock) & 0xffffffffffffu;
    uint64_t a = clock_random(clock);
    uint64_t b = clock_random(clock);
    snprintf(text, UUID_TEXT, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16),
             (unsigned)(ms & 0xffff), (unsigned)(a & 0xfff),
             (unsigned)(0x8000 | (a >> 12 & 0x3fff)), (unsigned long long)(b & 0xffffffffffffu));
}

int uuid_derive(const char *seed, char text[UUID_TEXT])
{
    char hex[DIGEST_HEX];
    if (digest_text(seed, strlen(seed), hex) < 0)
        return -1;
    snprintf(text, UUID_TEXT, "%.8s-%.4s-8%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15,
             hex + 18);
    return 0;
}

bool uuid_is_valid(const char *text)
{
    if (strlen(text) != UUID_TEXT - 1)
        return false;
    for (int i = 0; i < UUID_TEXT - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}
