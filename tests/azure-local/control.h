/* SPDX-License-Identifier: Apache-2.0 */
/* The control plane under /_local/: looking into the simulation and bending it. */
#ifndef AZURE_LOCAL_CONTROL_H
#define AZURE_LOCAL_CONTROL_H

#include "sim.h"

void control_handle(struct exchange *x);

#endif
