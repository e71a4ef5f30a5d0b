/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C: the first lets requests in flight come home, the second leaves at once. */
#ifndef FLEXHOST_FACE_SIGNALS_H
#define FLEXHOST_FACE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

/* SIGINT, SIGTERM and SIGHUP are caught, SIGPIPE is ignored. Returns the flag that becomes 1. */
const volatile sig_atomic_t *signals_install(void);

/* A command that runs no operation has nothing to bring home, nor has a prompt: the first Ctrl-C
 * leaves. Returns what was set before. */
bool signals_leave_at_once(bool at_once);

/* Terminal modes to put back if a signal ends the process; NULL: none. */
void signals_restore_terminal(const struct termios *modes);

#endif
