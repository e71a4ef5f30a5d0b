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

enum { LONGEST_LINE = 4096 };

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
static int read_line(char line[LONGEST_LINE])
{
    size_t length = 0;
    for (;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || length + 1 == LONGEST_LINE)
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
    int result = read_line(line);
    signals_leave_at_once(before);
    if (result < 0) {
        fputc('\n', stderr);
        return false;
    }
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

static int read_hidden(const char *name, const char *ending, char line[LONGEST_LINE])
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
    int result = read_line(line);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    signals_restore_terminal(NULL);
    signals_leave_at_once(at_once);
    fputc('\n', stderr);
    return result;
}

int prompt_secret(const char *name, char **value, struct error *err)
{
    char first[LONGEST_LINE] = "", second[LONGEST_LINE] = "";
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
