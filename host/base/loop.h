/* SPDX-License-Identifier: Apache-2.0 */
/* One event loop: timers on a clock, exchanges on a transport. */
#ifndef FLEXHOST_BASE_LOOP_H
#define FLEXHOST_BASE_LOOP_H

#include "base/clock.h"
#include "base/transport.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_fn(void *context);

/* The clock and the transport are borrowed and must outlive the loop. */
struct loop *loop_new(struct clock *clock, struct transport *transport);
void loop_free(struct loop *loop);

struct clock *loop_clock(struct loop *loop);
struct transport *loop_transport(struct loop *loop);

/* Calls fn once after delay_ms (0: in the next turn). Returns an id for loop_cancel, 0 if no
 * memory. */
uint64_t loop_after(struct loop *loop, int64_t delay_ms, loop_fn *fn, void *context);
/* Of a timer that fired or was cancelled already, and of 0: does nothing. */
void loop_cancel(struct loop *loop, uint64_t timer);

/* One turn: fires what is due, waits for the transport (at most until the next timer or
 * max_wait_ms, and not at all when something fired), fires what became due. Returns whether any
 * timer is left. */
bool loop_turn(struct loop *loop, int64_t max_wait_ms);

#endif
