/* SPDX-License-Identifier: Apache-2.0 */
/* The other ends of VPN tunnels: devices that the world or the control plane tells of. */
#ifndef AZURE_LOCAL_TUNNEL_H
#define AZURE_LOCAL_TUNNEL_H

#include "store.h"

struct device;
struct world;

/* A new one at the head of the world's list. */
struct device *device_new(struct world *world, const char *name);
/* A key of a [device] section. False when there is no such key. */
bool device_key(struct device *device, const char *name, const char *value);
/* NULL when it is complete, or what is wrong. */
const char *device_fault(const struct device *device);
void devices_end(struct world *world);

/* The control plane: GET, POST, DELETE /_local/devices. */
int devices_show(struct exchange *x);
int devices_add(struct exchange *x);
int devices_clear(struct exchange *x);

/* What a connection says of itself: Unknown, Connecting, NotConnected, Connected. */
const char *tunnel_status(const struct sim *sim, const struct resource *connection);
/* The gateway is being reset until then (Azure's clock); its tunnels come back a little later. */
void tunnel_drop(struct resource *gateway, int64_t until);

#endif
