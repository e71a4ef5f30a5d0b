/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of texts that name things elsewhere. */
#include "rules/forms.h"

#include <string.h>
#include <strings.h>

/* The C locale's classes, whatever locale the program runs in. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_digit(c) || is_letter(c);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes of the sequence at `text`, 0 if it is not UTF-8 (overlong, surrogate, past U+10FFFF). */
static size_t utf8_sequence(const unsigned char *text, size_t left)
{
    static const struct {
        unsigned char first, last, second_low, second_high, bytes;
    } forms[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last)
            continue;
        if (forms[i].bytes > left)
            return 0;
        if (forms[i].bytes > 1 && (text[1] < forms[i].second_low || text[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < forms[i].bytes; k++)
            if ((text[k] & 0xC0) != 0x80)
                return 0;
        return forms[i].bytes;
    }
    return 0;
}

size_t form_utf8_end(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t bytes = utf8_sequence((const unsigned char *)text + at, length - at);
        if (bytes == 0)
            break;
        at += bytes;
    }
    return at;
}

bool form_is_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    return form_utf8_end(text, length) == length;
}

bool form_is_name(const char *text)
{
    size_t length = strlen(text);
    if (length < 1 || length > 64 || !is_alnum(text[0]) || text[length - 1] == ' ')
        return false;
    for (const char *at = text; *at; at++)
        if (!is_alnum(*at) && !strchr(" ._-", *at))
            return false;
    return true;
}

bool form_is_guid(const char *text)
{
    if (strlen(text) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text[i] != '-' : !is_hex(text[i]))
            return false;
    }
    return true;
}

/* Returns the number of labels, 0 if one is wrong. */
static size_t count_labels(const char *text, size_t length)
{
    size_t labels = 0;
    if (length > 253)
        return 0;
    for (const char *end = text + length; text <= end; labels++) {
        const char *dot = memchr(text, '.', (size_t)(end - text));
        size_t label = (size_t)((dot ? dot : end) - text);
        if (label < 1 || label > 63 || text[0] == '-' || text[label - 1] == '-')
            return 0;
        for (size_t i = 0; i < label; i++)
            if (!is_alnum(text[i]) && text[i] != '-')
                return 0;
        if (!dot)
            return labels + 1;
        text = dot + 1;
    }
    return 0;
}

bool form_is_fqdn(const char *text)
{
    const char *dot = strrchr(text, '.');
    return dot && count_labels(text, strlen(text)) >= 2 && is_letter(dot[1]);
}

bool form_is_email(const char *text)
{
    const char *at = strrchr(text, '@');
    size_t local = at ? (size_t)(at - text) : 0;
    if (local < 1 || local > 64 || !form_is_fqdn(at + 1))
        return false;
    for (size_t i = 0; i < local; i++)
        if (!is_alnum(text[i]) && !strchr(".!#$%&'*+/=?^_`{|}~-", text[i]))
            return false;
    return text[0] != '.' && text[local - 1] != '.';
}

/* One path segment of a resource id; returns what follows it, NULL if it is empty or wrong. */
static const char *skip_segment(const char *text)
{
    if (*text != '/')
        return NULL;
    const char *start = ++text;
    while (is_alnum(*text) || (*text && strchr("._-()$ ", *text)))
        text++;
    return text > start && (*text == '/' || *text == '\0') ? text : NULL;
}

static const char *skip_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncasecmp(text, word, length) == 0 ? text + length : NULL;
}

bool form_is_resource_id(const char *text)
{
    const char *at = skip_word(text, "/subscriptions/");
    if (!at || strlen(text) > 1024 || strcspn(at, "/") != 36)
        return false;
    char guid[37] = "";
    memcpy(guid, at, 36);
    at += 36;
    if (!form_is_guid(guid))
        return false;
    if (*at && skip_word(at, "/resourceGroups/"))
        at = skip_segment(at + strlen("/resourceGroups"));
    if (!at || !*at)
        return at != NULL;
    at = skip_word(at, "/providers/");
    at = at ? skip_segment(at - 1) : NULL;
    if (!at || !*at)
        return false;
    while (at && *at) { /* TYPE/NAME, once or more */
        at = skip_segment(at);
        at = at ? skip_segment(at) : NULL;
    }
    return at != NULL;
}

static bool is_port(const char *text, size_t length)
{
    unsigned port = 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]) || i > 4)
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return length > 0 && text[0] != '0' && port >= 1 && port <= 65535;
}

bool form_is_url(const char *text)
{
    const char *host = skip_word(text, "https://");
    if (!host)
        host = skip_word(text, "http://");
    if (!host || strlen(text) > 2048)
        return false;
    size_t authority = strcspn(host, "/");
    const char *colon = memchr(host, ':', authority);
    size_t name = colon ? (size_t)(colon - host) : authority;
    if (!count_labels(host, name))
        return false;
    if (colon && !is_port(colon + 1, authority - name - 1))
        return false;
    for (const char *at = host + authority; *at; at++)
        if (!is_alnum(*at) && !strchr("/-._~%!$&'()*+,;=:@", *at))
            return false;
    return true;
}

bool form_is_secret_reference(const char *text)
{
    if (strncmp(text, "file:", 5) == 0)
        return text[5] && form_is_text(text + 5, strlen(text + 5));
    bool variable = strncmp(text, "env:", 4) == 0;
    if (!variable && strncmp(text, "credential:", 11) != 0)
        return false;
    const char *rest = strchr(text, ':') + 1;
    if (!*rest || (variable && is_digit(*rest)) || *rest == '.')
        return false;
    for (; *rest; rest++)
        if (!is_alnum(*rest) && *rest != '_' && (variable || !strchr(".-@", *rest)))
            return false;
    return true;
}
