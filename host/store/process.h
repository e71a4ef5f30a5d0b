/* SPDX-License-Identifier: Apache-2.0 */
/* A process that can be told from another one that got its number later. */
#ifndef FLEXHOST_STORE_PROCESS_H
#define FLEXHOST_STORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct process {
    char host[65];
    char boot[37];     /* changes whenever the host starts; "" when it is not known */
    int64_t pid;       /* as its own pid namespace numbers it … */
    int64_t pid_space; /* … which is this one; 0: not known */
    int64_t started;   /* clock ticks after the boot; 0: not known */
};

void process_self(struct process *self);
/* Whether it has certainly ended, as far as self can see. A process of another host, or of a
 * container that cannot be looked into, never has. */
bool process_is_gone(const struct process *process, const struct process *self);
bool process_is_same(const struct process *a, const struct process *b);

#endif
