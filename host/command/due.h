/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that are to be run after a time: the next command that finds one due starts it. */
#ifndef FLEXHOST_COMMAND_DUE_H
#define FLEXHOST_COMMAND_DUE_H

#include "command/command.h"
#include "command/context.h"

/* Starts what is due, each in a process of its own. Never fails the command that found it. */
void due_run(struct context *context, const struct command_input *input);

#endif
