/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a DNS server of the operator's choice, not to this machine's. */
#ifndef FLEXHOST_AZURE_DNS_H
#define FLEXHOST_AZURE_DNS_H

#include "base/error.h"

#include <jansson.h>
#include <signal.h>

/* server: an address, with a port if it is not 53 ("10.0.0.4:5353", "[fd00::4]:5353"). type: A,
 * AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT. Asks by UDP, and by TCP when the answer is cut or does
 * not come in half of the time; timeout_ms is for both. The answer is as fh_dns_query of
 * flexhost/plugin.h tells; NULL: err says which argument is wrong. */
json_t *dns_query(const char *server, const char *name, const char *type, unsigned timeout_ms,
                  const volatile sig_atomic_t *interrupted, struct error *err);

#endif
