/* SPDX-License-Identifier: Apache-2.0 */
/* A library to preload that strikes a program at a counted event: the tests run flexhost once for
 * n = 1, 2, 3 ... and so visit every moment at which a host can die.
 *
 *   FH_STRIKE=EVENT:N[:HOW]  EVENT: sync-before, sync-after, request, answer
 *                            HOW: kill (the default), interrupt, interrupt-twice
 *   FH_DISK_FULL=N           the N-th write to a file, and all after it, find the disk full
 *   FH_COUNTS=FILE           at exit: how often each event happened, as a JSON object
 *
 * Standard output and error are not counted, so that a test may keep them in files.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most of these have no header that declares them under the name that is interposed here. */
int fsync(int fd);
int fdatasync(int fd);
ssize_t write(int fd, const void *data, size_t length);
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset);
ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset);

enum event { SYNC_BEFORE, SYNC_AFTER, REQUEST, ANSWER, EVENTS };

static const char *const event_names[EVENTS] = {"sync-before", "sync-after", "request", "answer"};

static struct {
    unsigned long count[EVENTS];
    unsigned long writes;
    unsigned long turns;           /* looks at the network */
    unsigned long syncs_this_turn; /* since the last look */
    unsigned long most_syncs_a_turn;
    int event; /* to strike at; EVENTS: none */
    unsigned long at;
    enum { KILL, INTERRUPT, INTERRUPT_TWICE } how;
    unsigned long full_from; /* 0: never */
} strike = {.event = EVENTS};

static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) {
        fprintf(stderr, "preload: no %s to call\n", name);
        _exit(125);
    }
    return function;
}

static void read_strike(const char *text)
{
    const char *colon = strchr(text, ':');
    for (int i = 0; colon && i < EVENTS; i++)
        if (strlen(event_names[i]) == (size_t)(colon - text) &&
            strncmp(text, event_names[i], (size_t)(colon - text)) == 0)
            strike.event = i;
    if (strike.event == EVENTS) {
        fprintf(stderr, "preload: FH_STRIKE=%s names no event\n", text);
        _exit(125);
    }
    strike.at = strtoul(colon + 1, NULL, 10);
    const char *how = strchr(colon + 1, ':');
    if (how && strcmp(how, ":interrupt") == 0)
        strike.how = INTERRUPT;
    else if (how && strcmp(how, ":interrupt-twice") == 0)
        strike.how = INTERRUPT_TWICE;
}

__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("FH_STRIKE");
    if (text)
        read_strike(text);
    text = getenv("FH_DISK_FULL");
    if (text)
        strike.full_from = strtoul(text, NULL, 10);
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("FH_COUNTS");
    /* A helper that the program started and that did none of this keeps silent. */
    bool idle = !strike.writes && !strike.count[SYNC_BEFORE] && !strike.count[REQUEST];
    FILE *file = path && !idle ? fopen(path, "w") : NULL;
    if (!file)
        return;
    fprintf(file,
            "{\"syncs\": %lu, \"requests\": %lu, \"answers\": %lu, \"writes\": %lu, "
            "\"turns\": %lu, \"mostSyncsATurn\": %lu}\n",
            strike.count[SYNC_BEFORE], strike.count[REQUEST], strike.count[ANSWER], strike.writes,
            strike.turns, strike.most_syncs_a_turn);
    fclose(file);
}

static void happens(enum event event)
{
    unsigned long n = ++strike.count[event];
    if ((int)event != strike.event)
        return;
    if (strike.how == KILL && n == strike.at)
        raise(SIGKILL);
    else if (strike.how != KILL && n == strike.at)
        raise(SIGINT);
    else if (strike.how == INTERRUPT_TWICE && n == strike.at + 1)
        raise(SIGINT);
}

/* Opening the store and recording the operation come before the first turns, and closing it after
 * the last. */
static void turn_ends(void)
{
    strike.turns++;
    if (strike.count[REQUEST] > 8 && strike.syncs_this_turn > strike.most_syncs_a_turn)
        strike.most_syncs_a_turn = strike.syncs_this_turn;
    strike.syncs_this_turn = 0;
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))next("fsync");
    happens(SYNC_BEFORE);
    strike.syncs_this_turn++;
    int result = real(fd);
    happens(SYNC_AFTER);
    return result;
}

int fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))next("fdatasync");
    happens(SYNC_BEFORE);
    strike.syncs_this_turn++;
    int result = real(fd);
    happens(SYNC_AFTER);
    return result;
}

/* Whether this write finds the disk full. */
static bool disk_is_full(int fd)
{
    struct stat status;
    if (fd <= STDERR_FILENO || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    strike.writes++;
    if (!strike.full_from || strike.writes < strike.full_from)
        return false;
    errno = ENOSPC;
    return true;
}

ssize_t write(int fd, const void *data, size_t length)
{
    ssize_t (*real)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))next("write");
    return disk_is_full(fd) ? -1 : real(fd, data, length);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))next("pwrite");
    return disk_is_full(fd) ? -1 : real(fd, data, length, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))next("pwrite64");
    return disk_is_full(fd) ? -1 : real(fd, data, length, offset);
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    CURLMcode (*real)(CURLM *, CURL *) =
        (CURLMcode(*)(CURLM *, CURL *))next("curl_multi_add_handle");
    CURLMcode code = real(multi, easy);
    happens(REQUEST);
    return code;
}

/* Struck with an answer in hand that the program has not seen. */
CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
    CURLMsg *(*real)(CURLM *, int *) = (CURLMsg * (*)(CURLM *, int *)) next("curl_multi_info_read");
    CURLMsg *message = real(multi, left);
    if (message)
        happens(ANSWER);
    return message;
}

/* Each turn of the host's loop looks at its transfers before it waits. */
CURLMcode curl_multi_perform(CURLM *multi, int *running)
{
    CURLMcode (*real)(CURLM *, int *) = (CURLMcode(*)(CURLM *, int *))next("curl_multi_perform");
    turn_ends();
    return real(multi, running);
}
