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

struct seed_hub;

struct seed_hub *seed_hub_new(const char *name);
void seed_hub_free(struct seed_hub *hub);
bool seed_hub_key(struct seed_hub *hub, const char *name, const char *value);
/* Makes it, its virtual WAN and its resource group, and frees the description. */
int seed_hub(struct sim *sim, struct seed_hub *hub, char *why, size_t size);

/* The id of a resource group, which is made if it isn't there. */
char *seed_group(struct exchange *x, const char *subscription, const char *name,
                 const char *location);
/* Connects a network to a hub. False when there is no such hub. */
bool seed_connect(struct exchange *x, const char *hub, const char *vnet, const char *name);

#endif
