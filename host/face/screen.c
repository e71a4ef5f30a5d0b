/* SPDX-License-Identifier: Apache-2.0 */
/* Text as it goes to a terminal. */
#include "face/screen.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

void screen_init(void)
{
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

/* The length of the character at `text` (at least 1); *character 0 when it is broken. */
static size_t decode(const char *text, wchar_t *character)
{
    mbstate_t state = {0};
    size_t length = mbrtowc(character, text, MB_LEN_MAX, &state);
    if (length == 0 || length == (size_t)-1 || length == (size_t)-2) {
        *character = 0;
        return 1;
    }
    return length;
}

/* A name that is shown from right to left can pass for another one. */
static bool turns_direction(wchar_t c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void escape_one(struct text *out, const char *at, size_t length, wchar_t c)
{
    if (c == '\n')
        text_add(out, "\\n");
    else if (c == '\t')
        text_add(out, "\\t");
    else if (c == '\r')
        text_add(out, "\\r");
    else if (c == 0 || c < 0x80)
        text_printf(out, "\\x%02x", (unsigned)(unsigned char)*at);
    else if (!iswprint((wint_t)c) || turns_direction(c))
        text_printf(out, c > 0xffff ? "\\U%08lx" : "\\u%04lx", (unsigned long)c);
    else
        text_append(out, at, length);
}

void screen_escape(struct text *out, const char *text, bool keep_newlines)
{
    while (*text) {
        size_t plain = 0;
        while (text[plain] >= 0x20 && text[plain] < 0x7f)
            plain++;
        text_append(out, text, plain);
        text += plain;
        if (!*text)
            return;
        if (*text == '\n' && keep_newlines) {
            text_add(out, "\n  ");
            text++;
            continue;
        }
        wchar_t character;
        size_t length = decode(text, &character);
        escape_one(out, text, length, character);
        text += length;
    }
}

static size_t columns_of(wchar_t character)
{
    int width = character ? wcwidth(character) : 1;
    return width < 0 ? 1 : (size_t)width;
}

size_t screen_columns(const char *escaped)
{
    size_t columns = 0;
    wchar_t character;
    for (; *escaped; escaped += decode(escaped, &character), columns += columns_of(character))
        ;
    return columns;
}

/* The bytes of `text` that fit into `columns`. */
static size_t fitting(const char *text, size_t columns)
{
    size_t used = 0, length = 0;
    while (text[length]) {
        wchar_t character;
        size_t bytes = decode(text + length, &character);
        used += columns_of(character);
        if (used > columns)
            break;
        length += bytes;
    }
    return length;
}

void screen_cut(struct text *out, const char *escaped, size_t columns)
{
    if (screen_columns(escaped) <= columns) {
        text_add(out, escaped);
        return;
    }
    text_append(out, escaped, fitting(escaped, columns > 2 ? columns - 2 : 0));
    text_append(out, "..", columns < 2 ? columns : 2);
}

void screen_blanks(struct text *out, size_t count)
{
    text_printf(out, "%*s", (int)count, "");
}

void screen_wrap(struct text *out, const char *escaped, size_t indent, size_t columns)
{
    size_t room = columns > indent + 20 ? columns - indent : 20;
    while (*escaped) {
        size_t newline = strcspn(escaped, "\n");
        size_t length = fitting(escaped, room);
        if (newline <= length) {
            length = newline;
        } else if (escaped[length]) {
            size_t space = length;
            while (space > 0 && escaped[space] != ' ')
                space--;
            length = space ? space : length + strcspn(escaped + length, " \n");
        }
        text_append(out, escaped, length);
        text_add(out, "\n");
        escaped += length;
        escaped += *escaped == '\n' ? 1 : strspn(escaped, " ");
        if (*escaped && *escaped != '\n')
            screen_blanks(out, indent);
    }
}

size_t screen_width(int descriptor)
{
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

bool screen_has_color(int descriptor)
{
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(descriptor) && !(refused && *refused) && terminal &&
           strcmp(terminal, "dumb") != 0;
}
