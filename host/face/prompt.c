/* SPDX-License-Identifier: Apache-2.0 */
/* Questions at a terminal. */
#include "face/prompt.h"

#include "base/text.h"
#include "face/screen.h"
#include "face/signals.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

enum { LONGEST_LINE = 4096, LONGEST_SECRET = 16384 };

bool prompt_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static void ask(const char *question, const char *ending)
{
    struct text out = {0};
    screen_escape(&out, question, true);
    text_add(&out, ending);
    fputs(text_get(&out), stderr);
    fflush(stderr);
    text_free(&out);
}

/* Not stdio: its buffer would keep a copy of a secret. Returns -1 at the end of input and when the
 * line is too long. */
static int read_line(char *line, size_t room)
{
    size_t length = 0;
    for (;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || length + 1 >= room)
            return -1;
        if (c == '\n')
            break;
        line[length++] = c;
    }
    line[length] = '\0';
    return 0;
}

bool prompt_confirm(const char *question)
{
    if (!prompt_possible())
        return false;
    bool before = signals_leave_at_once(true);
    ask(question, " [y/N] ");
    char line[LONGEST_LINE];
    int result = read_line(line, sizeof line);
    signals_leave_at_once(before);
    if (result < 0) {
        fputc('\n', stderr);
        return false;
    }
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

/* A line, or what PEM has from its first line to its last. */
static int read_secret(char secret[LONGEST_SECRET])
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ";
    if (read_line(secret, LONGEST_SECRET) < 0)
        return -1;
    char *line = secret;
    bool pem = strncmp(secret, begin, sizeof begin - 1) == 0;
    while (pem && strncmp(line, end, sizeof end - 1) != 0) {
        line += strlen(line);
        *line++ = '\n';
        if (read_line(line, LONGEST_SECRET - (size_t)(line - secret)) < 0)
            return -1;
    }
    return 0;
}

static int read_hidden(const char *name, const char *ending, char secret[LONGEST_SECRET])
{
    struct termios before, hidden;
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return -1;
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    bool at_once = signals_leave_at_once(true);
    signals_restore_terminal(&before);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    ask(name, ending);
    int result = read_secret(secret);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    signals_restore_terminal(NULL);
    signals_leave_at_once(at_once);
    fputc('\n', stderr);
    return result;
}

int prompt_secret(const char *name, char **value, struct error *err)
{
    char first[LONGEST_SECRET] = "", second[LONGEST_SECRET] = "";
    int result = -1;
    if (read_hidden(name, ": ", first) < 0 || !*first)
        error_set(err, ERROR_USAGE, name, "no value was given for %s", name);
    else if (read_hidden(name, " once more: ", second) < 0 || strcmp(first, second) != 0)
        error_set(err, ERROR_USAGE, name, "the two values for %s differ: type it twice the same",
                  name);
    else if (!(*value = strdup(first)))
        error_no_memory(err);
    else
        result = 0;
    OPENSSL_cleanse(first, sizeof first);
    OPENSSL_cleanse(second, sizeof second);
    return result;
}
