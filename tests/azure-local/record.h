/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON line for each exchange, without secrets. */
#ifndef AZURE_LOCAL_RECORD_H
#define AZURE_LOCAL_RECORD_H

#include "sim.h"

void record_exchange(struct exchange *x);

#endif
