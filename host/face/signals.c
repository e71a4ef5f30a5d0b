/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C. Everything in the handler is async-signal-safe. */
#include "face/signals.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t at_once_wanted = 1;
static volatile sig_atomic_t modes_saved;
static struct termios saved_modes;

static void say(const char *message)
{
    ssize_t ignored = write(STDERR_FILENO, message, strlen(message));
    (void)ignored;
}

static void leave(void)
{
    if (modes_saved)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved_modes);
    say("\n");
    _exit(ERROR_INTERRUPTED);
}

static void on_signal(int number)
{
    int kept = errno;
    if (interrupted || at_once_wanted)
        leave();
    interrupted = 1;
    say("\nflexhost: stopping: requests in flight are let come home and recorded, then flexhost "
        "operation resume goes on. Once more leaves at once.\n");
    errno = kept;
}

const volatile sig_atomic_t *signals_install(void)
{
    /* No SA_RESTART: a prompt must not swallow Ctrl-C. */
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) {
        struct sigaction there;
        /* nohup and background jobs ignore them on purpose. */
        if (sigaction(caught[i], NULL, &there) == 0 && there.sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
    return &interrupted;
}

bool signals_leave_at_once(bool at_once)
{
    bool before = at_once_wanted;
    at_once_wanted = at_once;
    return before;
}

void signals_restore_terminal(const struct termios *modes)
{
    modes_saved = 0;
    if (!modes)
        return;
    saved_modes = *modes;
    modes_saved = 1;
}
