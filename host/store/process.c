/* SPDX-License-Identifier: Apache-2.0 */
/* A process that can be told from another one that got its number later. */
#include "store/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the beginning of a file of /proc; "" when there is none. */
static void read_short(const char *path, char *text, size_t size)
{
    ssize_t length = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read(fd, text, size - 1);
        close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
}

/* State and start (the fields 3 and 22) of /proc/PID/stat. The name before them, in parentheses,
 * may hold anything, parentheses and blanks too. */
static bool read_stat(int64_t pid, char *state, int64_t *started)
{
    char path[64];
    char stat_line[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    read_short(path, stat_line, sizeof stat_line);
    const char *field = strrchr(stat_line, ')');
    if (!field || field[1] != ' ' || !field[2])
        return false;
    *state = field[2];
    for (int number = 2; number < 22; number++) {
        field = strchr(field + 1, ' ');
        if (!field)
            return false;
    }
    *started = strtoll(field + 1, NULL, 10);
    return *started > 0;
}

void process_self(struct process *self)
{
    char state;
    struct stat space;
    memset(self, 0, sizeof *self);
    if (gethostname(self->host, sizeof self->host - 1) < 0)
        strcpy(self->host, "localhost");
    read_short("/proc/sys/kernel/random/boot_id", self->boot, sizeof self->boot);
    self->boot[strcspn(self->boot, "\n")] = '\0';
    self->pid = getpid();
    if (stat("/proc/self/ns/pid", &space) == 0)
        self->pid_space = (int64_t)space.st_ino;
    if (!read_stat(self->pid, &state, &self->started))
        self->started = 0;
}

bool process_is_gone(const struct process *process, const struct process *self)
{
    char state = 0;
    int64_t started = 0;
    if (strcmp(process->host, self->host) != 0 || !*process->boot || !*self->boot)
        return false;
    if (strcmp(process->boot, self->boot) != 0)
        return true; /* the host has been started again */
    if (process->pid_space != self->pid_space || process->pid <= 0)
        return false;
    if (kill((pid_t)process->pid, 0) < 0 && errno == ESRCH)
        return true;
    if (!process->started || !read_stat(process->pid, &state, &started))
        return false;
    return started != process->started || state == 'Z' || state == 'X';
}

bool process_is_same(const struct process *a, const struct process *b)
{
    return a->pid == b->pid && a->pid_space == b->pid_space && a->started == b->started &&
           strcmp(a->boot, b->boot) == 0 && strcmp(a->host, b->host) == 0;
}
