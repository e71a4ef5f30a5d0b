/* SPDX-License-Identifier: Apache-2.0 */
/* Time and chance as an interface, so that a simulator can own both. */
#ifndef FLEXHOST_BASE_CLOCK_H
#define FLEXHOST_BASE_CLOCK_H

#include <stdint.h>

struct clock;

struct clock_ops {
    int64_t (*monotonic_ms)(struct clock *clock); /* never goes back; for waits */
    int64_t (*wall_ms)(struct clock *clock);      /* since 1970; for people, tokens and leases */
    uint64_t (*random)(struct clock *clock);      /* jitter and ids */
};

struct clock {
    const struct clock_ops *ops;
};

static inline int64_t clock_now(struct clock *clock)
{
    return clock->ops->monotonic_ms(clock);
}

static inline int64_t clock_wall(struct clock *clock)
{
    return clock->ops->wall_ms(clock);
}

static inline uint64_t clock_random(struct clock *clock)
{
    return clock->ops->random(clock);
}

/* The system's clock; static, never freed. */
struct clock *clock_system(void);

#endif
