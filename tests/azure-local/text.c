/* SPDX-License-Identifier: Apache-2.0 */
/* Text: comparing, encoding, dates, and reaching into JSON. */
#include "text.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

bool same_text(const char *a, const char *b)
{
    return a && b && strcasecmp(a, b) == 0;
}

bool starts_with(const char *text, const char *start)
{
    return strncasecmp(text, start, strlen(start)) == 0;
}

bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcasecmp(text + length - tail, end) == 0;
}

bool text_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

char *next_field(char **rest, const char *marks)
{
    char *start = *rest;
    char *end;

    if (!start)
        return NULL;
    start += strspn(start, marks);
    if (!*start) {
        *rest = NULL;
        return NULL;
    }
    end = start + strcspn(start, marks);
    *rest = *end ? end + 1 : NULL;
    *end = '\0';
    while (isspace((unsigned char)*start))
        start++;
    while (end > start && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return start;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *url_decode(struct pool *pool, const char *text, size_t length, bool form)
{
    char *out = pool_alloc(pool, length + 1);
    char *to = out;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%' && i + 2 < length && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            char c = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));

            *to++ = c ? c : '?';
            i += 2;
        } else if (form && text[i] == '+') {
            *to++ = ' ';
        } else {
            *to++ = text[i];
        }
    }
    *to = '\0';
    return out;
}

char *url_encode(struct pool *pool, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = pool_alloc(pool, strlen(text) * 3 + 1);
    char *to = out;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (isalnum(c) || strchr("-._~", c)) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    *to = '\0';
    return out;
}

char *base64_encode(struct pool *pool, const void *data, size_t size)
{
    char *out = pool_alloc(pool, (size + 2) / 3 * 4 + 1);

    EVP_EncodeBlock((unsigned char *)out, data, (int)size);
    return out;
}

unsigned char *base64_decode(struct pool *pool, const char *text, size_t length, size_t *size)
{
    char *plain = pool_alloc(pool, length + 4);
    unsigned char *out = pool_alloc(pool, length + 4);
    size_t count = 0, pad;
    int written;

    for (size_t i = 0; i < length && text[i] != '='; i++)
        plain[count++] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    pad = (4 - count % 4) % 4;
    memset(plain + count, '=', pad);
    written = EVP_DecodeBlock(out, (unsigned char *)plain, (int)(count + pad));
    if (written < 0 || pad == 3)
        return NULL;
    *size = (size_t)written - pad;
    out[*size] = '\0';
    return out;
}

char *base64url_encode(struct pool *pool, const void *data, size_t size)
{
    char *out = base64_encode(pool, data, size);

    for (char *at = out; *at; at++) {
        if (*at == '+')
            *at = '-';
        else if (*at == '/')
            *at = '_';
        else if (*at == '=')
            *at = '\0';
    }
    return out;
}

char *iso_time(struct pool *pool, int64_t milliseconds)
{
    time_t seconds = (time_t)(milliseconds / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return pool_print(pool, "%04d-%02d-%02dT%02d:%02d:%02d.%07dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                      tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                      (int)(milliseconds % 1000) * 10000);
}

char *http_date(struct pool *pool, int64_t milliseconds)
{
    time_t seconds = (time_t)(milliseconds / 1000);
    char text[64];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return pool_text(pool, text);
}

int64_t parse_time(const char *text)
{
    struct tm tm = {0};
    int year, month, day, hour = 0, minute = 0, second = 0;
    int fields =
        sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second);

    if (fields != 3 && fields < 5)
        return -1;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    return (int64_t)timegm(&tm) * 1000;
}

json_t *dig(const json_t *json, const char *path)
{
    char name[128];

    while (json && *path) {
        size_t length = strcspn(path, ".");

        if (length >= sizeof name)
            return NULL;
        memcpy(name, path, length);
        name[length] = '\0';
        json = json_object_get(json, name);
        path += length + (path[length] == '.');
    }
    return (json_t *)json;
}

const char *dig_text(const json_t *json, const char *path)
{
    return json_string_value(dig(json, path));
}

void plant(json_t *json, const char *path, json_t *value)
{
    char name[128];

    for (;;) {
        size_t length = strcspn(path, ".");
        json_t *inner;

        if (length >= sizeof name)
            break;
        memcpy(name, path, length);
        name[length] = '\0';
        if (!path[length]) {
            json_object_set_new(json, name, value);
            return;
        }
        inner = json_object_get(json, name);
        if (!json_is_object(inner)) {
            inner = json_object();
            json_object_set_new(json, name, inner);
        }
        json = inner;
        path += length + 1;
    }
    json_decref(value);
}

void plant_default(json_t *json, const char *path, json_t *value)
{
    if (dig(json, path))
        json_decref(value);
    else
        plant(json, path, value);
}
