/* SPDX-License-Identifier: Apache-2.0 */
/* The system's clock and its source of chance. */
#include "base/clock.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_monotonic(struct clock *clock)
{
    return read_ms(CLOCK_MONOTONIC);
}

static int64_t system_wall(struct clock *clock)
{
    return read_ms(CLOCK_REALTIME);
}

static uint64_t system_random(struct clock *clock)
{
    uint64_t value = 0;
    /* Ids that repeat would join subjects that have nothing to do with one another: no chance is no
     * way to go on. */
    if (RAND_bytes((unsigned char *)&value, sizeof value) != 1 &&
        getentropy(&value, sizeof value) < 0)
        abort();
    return value;
}

struct clock *clock_system(void)
{
    static const struct clock_ops ops = {system_monotonic, system_wall, system_random};
    static struct clock clock = {&ops};
    return &clock;
}
