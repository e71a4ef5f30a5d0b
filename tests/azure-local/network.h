/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft.Network: the checks and effects behind its rows in the table of kinds. */
#ifndef AZURE_LOCAL_NETWORK_H
#define AZURE_LOCAL_NETWORK_H

#include "cidr.h"
#include "kind.h"

/* network.c: what its types have in common */
int network_check_prefix(struct exchange *x, const char *text, const char *where, struct cidr *out);
/* Fails with `code` while something of another resource refers to it. */
int network_spare(struct exchange *x, struct resource *resource);
/* [{"id"}] of the holders of a type. */
json_t *network_holder_ids(struct exchange *x, const struct resource *resource, const char *type);
/* It was made once: from now on it is of use, whatever is changed about it. */
void network_settled(struct sim *sim, struct resource *resource);
bool network_is_made(const struct resource *resource);
int network_guid(struct exchange *x, struct resource *old, json_t *wanted);
/* The children that a body gives inline; those that it leaves out go. */
void network_inline(struct exchange *x, struct resource *parent, json_t *asked, const char *list,
                    bool keep_without);

/* vnet.c */
int vnet_accept(struct exchange *x, struct resource *old, json_t *wanted);
void vnet_stored(struct exchange *x, struct resource *resource, json_t *asked);
int vnet_spare(struct exchange *x, struct resource *resource);
int subnet_accept(struct exchange *x, struct resource *old, json_t *wanted);
int subnet_spare(struct exchange *x, struct resource *resource);
void subnet_show(struct exchange *x, const struct resource *resource, json_t *answer);
/* The first pair of prefixes that overlap; NULL when none do. */
char *vnet_overlap(struct pool *pool, const json_t *a, const json_t *b);

/* peering.c */
int peering_accept(struct exchange *x, struct resource *old, json_t *wanted);
void peering_settled(struct sim *sim, struct resource *resource);
void peering_show(struct exchange *x, const struct resource *resource, json_t *answer);
void peering_gone(struct sim *sim, struct resource *resource);
/* A VNet wants these prefixes: do its peers allow it? */
int peering_allows_space(struct exchange *x, const struct resource *vnet, const json_t *prefixes);

/* filter.c: security groups and route tables */
int nsg_accept(struct exchange *x, struct resource *old, json_t *wanted);
void nsg_stored(struct exchange *x, struct resource *resource, json_t *asked);
void nsg_show(struct exchange *x, const struct resource *resource, json_t *answer);
int rule_accept(struct exchange *x, struct resource *old, json_t *wanted);
int routes_accept(struct exchange *x, struct resource *old, json_t *wanted);
void routes_stored(struct exchange *x, struct resource *resource, json_t *asked);
void routes_show(struct exchange *x, const struct resource *resource, json_t *answer);
int route_accept(struct exchange *x, struct resource *old, json_t *wanted);

/* nic.c */
int nic_accept(struct exchange *x, struct resource *old, json_t *wanted);
void nic_stored(struct exchange *x, struct resource *resource, json_t *asked);
int nic_spare(struct exchange *x, struct resource *resource);
void nic_gone(struct sim *sim, struct resource *resource);
void nic_show(struct exchange *x, const struct resource *resource, json_t *answer);
void leases_release(void *lease);

/* outbound.c: public addresses and NAT gateways */
int public_ip_accept(struct exchange *x, struct resource *old, json_t *wanted);
void public_ip_show(struct exchange *x, const struct resource *resource, json_t *answer);
/* A public address that nobody but `old` has, or a refusal and NULL. */
struct resource *outbound_address(struct exchange *x, const char *id, const char *where,
                                  const char *location, const struct resource *old);
int nat_accept(struct exchange *x, struct resource *old, json_t *wanted);
void nat_show(struct exchange *x, const struct resource *resource, json_t *answer);

/* gateway.c */
int gateway_accept(struct exchange *x, struct resource *old, json_t *wanted);
/* The gateway in the network's GatewaySubnet; NULL without one. */
struct resource *gateway_of(const struct sim *sim, const struct resource *vnet);
int gateway_check_asn(struct exchange *x, const json_t *settings);
int gateway_reset(struct exchange *x);
int gateway_connections(struct exchange *x);

/* site.c: local network gateways */
int site_accept(struct exchange *x, struct resource *old, json_t *wanted);

/* connection.c */
int connection_accept(struct exchange *x, struct resource *old, json_t *wanted);
void connection_stored(struct exchange *x, struct resource *resource, json_t *asked);
void connection_show(struct exchange *x, const struct resource *resource, json_t *answer);
/* As the list of a gateway has it. */
json_t *connection_brief(struct exchange *x, const struct resource *resource);
/* That of an action's path; NULL after a refusal. */
struct resource *connection_here(struct exchange *x);
int connection_key(struct exchange *x);
int connection_set_key(struct exchange *x);

/* device-script.c */
int gateway_devices(struct exchange *x);
int connection_script(struct exchange *x);

/* hub.c */
int hub_refuse_write(struct exchange *x, struct resource *old, json_t *wanted);
int hub_refuse_delete(struct exchange *x, struct resource *resource);
void wan_show(struct exchange *x, const struct resource *resource, json_t *answer);
void hub_table_show(struct exchange *x, const struct resource *resource, json_t *answer);
int hub_connection_accept(struct exchange *x, struct resource *old, json_t *wanted);
void hub_connection_show(struct exchange *x, const struct resource *resource, json_t *answer);
/* What a connection has when nothing else was asked for. */
void hub_complete(struct pool *pool, json_t *wanted, const char *hub_id);
/* The connection that the network has to a hub; NULL without one. */
struct resource *hub_connection_of(const struct sim *sim, const struct resource *vnet);
/* A VNet wants these prefixes: does its hub allow it? */
int hub_allows_space(struct exchange *x, const struct resource *vnet, const json_t *prefixes);
int hub_spares_vnet(struct exchange *x, const struct resource *vnet);

#endif
