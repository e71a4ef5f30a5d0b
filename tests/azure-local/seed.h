/* SPDX-License-Identifier: Apache-2.0 */
/* Resources that are there before anybody asked for them. */
#ifndef AZURE_LOCAL_SEED_H
#define AZURE_LOCAL_SEED_H

#include "sim.h"

struct seed_network;

struct seed_network *seed_network_new(const char *name);
void seed_network_free(struct seed_network *network);
/* False when there is no such key. */
bool seed_network_key(struct seed_network *network, const char *name, const char *value);
/* Makes it and its resource group, and frees the description. */
int seed_network(struct sim *sim, struct seed_network *network, char *why, size_t size);

#endif
