/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of commands share: a configuration and an empty store in a folder to throw away.
 */
#ifndef FLEXHOST_TESTS_UNIT_COMMAND_WORLD_H
#define FLEXHOST_TESTS_UNIT_COMMAND_WORLD_H

#include "command/context.h"

extern struct context *context;
extern struct store *store;
extern struct error err;

/* sections: what the configuration has beside [host] and the credential "main". */
void world_open(const char *sections, const struct face *face);
void world_close(void);

#endif
