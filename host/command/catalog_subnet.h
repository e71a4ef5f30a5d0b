/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a connection's subnets has room for a catalog. */
#ifndef FLEXHOST_COMMAND_CATALOG_SUBNET_H
#define FLEXHOST_COMMAND_CATALOG_SUBNET_H

#include "base/error.h"
#include "command/store_view.h"

#include <stdint.h>

/* The first that has: its id, borrowed from the connection. Refused with what is left and the mend.
 * A connection that does not export its ranges is not counted. */
const char *catalog_choose_subnet(struct store *store, const struct subject *connection,
                                  int64_t machines, struct error *err);
/* Whether that one still has: another catalog may have been faster. */
int catalog_check_subnet(struct store *store, const struct subject *connection, const char *subnet,
                         int64_t machines, struct error *err);

#endif
