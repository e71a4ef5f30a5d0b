/* SPDX-License-Identifier: Apache-2.0 */
/* `plugin check`: loads a stranger's module in a child, so that its crash is a finding, too. */
#include "plugin/load.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_TO_LOAD = 10 };

static void send_finding(void *context, int severity, const char *rule, const char *message,
                         const char *mend)
{
    FILE *stream = context;
    json_t *line = json_pack("{s:i, s:s, s:s, s:s?}", "severity", severity, "rule", rule, "message",
                             message, "mend", mend);
    if (line)
        json_dumpf(line, stream, JSON_COMPACT);
    putc('\n', stream);
    json_decref(line);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void check_identity(struct inspection *inspection, const char *file,
                           const struct fh_plugin *entry)
{
    char *expected = arena_printf(inspection->arena, "%s-%s.so", entry->kind, entry->name);
    if (!expected || strcmp(file_name(file), expected) == 0)
        return;
    inspection_report(
        inspection, FH_WARNING, "file-name", "rename it, or write file = PATH in its INI section",
        "the file is called %s; plugin folders are searched for %s", file_name(file), expected);
}

/* The child: no output of its own, an end after a few seconds, no core file. */
static _Noreturn void run_child(const char *file, int fd)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(SECONDS_TO_LOAD);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    FILE *stream = fdopen(fd, "w");
    if (!stream)
        _exit(2);
    struct arena arena = {0};
    struct inspection inspection = {.arena = &arena, .report = send_finding, .context = stream};
    struct fh_plugin entry;
    setvbuf(stream, NULL, _IOLBF, 0); /* what was found stays found after a crash */
    if (plugin_load(file, &inspection, &entry) == 0)
        check_identity(&inspection, file, &entry);
    fflush(stream);
    _exit(0);
}

static void receive_findings(FILE *stream, plugin_finding_fn *finding, void *context)
{
    for (;;) {
        json_t *line = json_loadf(stream, JSON_DISABLE_EOF_CHECK, NULL);
        const char *rule = json_string_value(json_object_get(line, "rule"));
        const char *message = json_string_value(json_object_get(line, "message"));
        if (rule && message)
            finding(context, (int)json_integer_value(json_object_get(line, "severity")), rule,
                    message, json_string_value(json_object_get(line, "mend")));
        json_decref(line);
        if (!rule || !message)
            return;
    }
}

static void report_end(int status, plugin_finding_fn *finding, void *context)
{
    char message[160];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(message, sizeof message, "it was not loaded after %d seconds", SECONDS_TO_LOAD);
    else if (WIFSIGNALED(status))
        snprintf(message, sizeof message, "it crashed while it was loaded (%s)",
                 strsignal(WTERMSIG(status)));
    else
        snprintf(message, sizeof message, "it ended the process while it was loaded (status %d)",
                 WIFEXITED(status) ? WEXITSTATUS(status) : status);
    finding(context, FH_FAIL, "crash", message,
            "run it under a debugger: look at its constructors and at fh_plugin_entry");
}

int plugin_check_file(const char *file, plugin_finding_fn *finding, void *context,
                      struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(err, ERROR_FAILED, NULL, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL); /* or the child would write it again */
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(file, ends[1]);
    }
    int reason = errno;
    close(ends[1]);
    FILE *stream = child > 0 ? fdopen(ends[0], "r") : NULL;
    if (!stream) {
        close(ends[0]);
        return error_set(err, ERROR_FAILED, NULL, "cannot start a process: %s", strerror(reason));
    }
    receive_findings(stream, finding, context);
    fclose(stream);
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return error_set(err, ERROR_FAILED, NULL, "cannot wait for a process: %s",
                             strerror(errno));
    report_end(status, finding, context);
    return 0;
}
