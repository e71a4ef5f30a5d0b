/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command and writes what it cost as a JSON object: wall, user and system seconds, the
 * largest resident set in bytes, the exit status.
 *
 *   measure FILE COMMAND [ARGUMENT...]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static int write_costs(const char *path, double wall, const struct rusage *usage, int status)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "measure: %s: %s\n", path, strerror(errno));
        return -1;
    }
    fprintf(file,
            "{\"wall\": %.6f, \"user\": %.6f, \"system\": %.6f, \"peakBytes\": %ld, "
            "\"status\": %d}\n",
            wall, seconds(usage->ru_utime), seconds(usage->ru_stime), usage->ru_maxrss * 1024,
            status);
    return fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(errno));
        _exit(127);
    }
    int waited;
    struct rusage usage;
    if (child < 0 || wait4(child, &waited, 0, &usage) < 0) {
        fprintf(stderr, "measure: %s\n", strerror(errno));
        return 1;
    }
    int status = WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
    if (write_costs(argv[1], seconds_since(&start), &usage, status) < 0)
        return 1;
    return status;
}
