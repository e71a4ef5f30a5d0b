/* SPDX-License-Identifier: Apache-2.0 */
/* Operations whose process is gone go on by themselves. */
#ifndef FLEXHOST_COMMAND_ORPHANS_H
#define FLEXHOST_COMMAND_ORPHANS_H

#include "command/command.h"

/* Whether this command may start work of its own in the background: [host] resume = by-hand leaves
 * it to the operator. */
bool orphans_wanted(struct context *context, const struct command_input *input);
/* After a command: each operation that is recorded as running, but that nobody runs, gets a process
 * of its own. */
void orphans_resume(struct context *context, const struct command_input *input);

#endif
