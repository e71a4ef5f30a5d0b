/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's token buckets. */
#ifndef AZURE_LOCAL_THROTTLE_H
#define AZURE_LOCAL_THROTTLE_H

#include "sim.h"

struct throttle;

struct throttle *throttle_new(void);
void throttle_end(struct throttle *throttle);
void throttle_reset(struct throttle *throttle);
/* Takes a token from every bucket that the request falls under, or refuses with 429. */
int throttle_check(struct exchange *x);

#endif
