/* SPDX-License-Identifier: Apache-2.0 */
/* Chance that a seed repeats (splitmix64). */
#include "sim.h"

uint64_t chance_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

bool chance_of(uint64_t *state, int in_a_thousand)
{
    return (int)(chance_next(state) % 1000) < in_a_thousand;
}

int64_t chance_between(uint64_t *state, int64_t least, int64_t most)
{
    return least + (int64_t)(chance_next(state) % (uint64_t)(most - least + 1));
}
