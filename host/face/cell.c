/* SPDX-License-Identifier: Apache-2.0 */
/* Single values of a result as text. */
#include "face/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const json_t *step_into(const json_t *value, const char *name)
{
    if (!json_is_array(value))
        return json_object_get(value, name);
    char *end;
    unsigned long index = strtoul(name, &end, 10);
    return *end || !*name ? NULL : json_array_get(value, index);
}

const json_t *cell_value(const json_t *object, const char *key)
{
    if (*key != '/')
        return json_object_get(object, key);
    const json_t *value = object;
    while (value && *key == '/') {
        char name[128];
        size_t length = strcspn(++key, "/");
        if (length >= sizeof name)
            return NULL;
        memcpy(name, key, length);
        name[length] = '\0';
        value = step_into(value, name);
        key += length;
    }
    return value;
}

static bool ends_in(const char *text, const char *ending)
{
    size_t length = strlen(text), cut = strlen(ending);
    return length > cut && strcmp(text + length - cut, ending) == 0;
}

/* Durations in milliseconds are small; what is later than 2001 is a moment. */
static bool is_moment(const char *key, const json_t *value)
{
    return ends_in(key, "Ms") && json_is_integer(value) &&
           json_integer_value(value) > INT64_C(1000000000000);
}

static void add_moment(struct text *out, const json_t *value)
{
    time_t seconds = (time_t)(json_integer_value(value) / 1000);
    struct tm parts;
    char text[32];
    if (gmtime_r(&seconds, &parts) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
        text_add(out, text);
}

static void add_list(struct text *out, const json_t *list)
{
    size_t index;
    const json_t *item;
    json_array_foreach(list, index, item)
    {
        text_add(out, index ? ", " : "");
        cell_text(out, "", item);
    }
}

void cell_text(struct text *out, const char *key, const json_t *value)
{
    if (json_is_string(value)) {
        text_add(out, *json_string_value(value) ? json_string_value(value) : "-");
    } else if (json_is_boolean(value)) {
        text_add(out, json_is_true(value) ? "yes" : "no");
    } else if (is_moment(key, value)) {
        add_moment(out, value);
    } else if (json_array_size(value) && !json_is_object(json_array_get(value, 0))) {
        add_list(out, value);
    } else if (json_is_number(value) || json_array_size(value) || json_object_size(value)) {
        char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
        text_add(out, json ? json : "-");
        free(json);
    } else {
        text_add(out, "-");
    }
}

static bool is_shouted(const char *key)
{
    for (; *key; key++)
        if (islower((unsigned char)*key))
            return false;
    return true;
}

/* Words that are written in a way of their own, and names that say less well what is meant. */
static const char *const spellings[][2] = {
    {"abi", "ABI"}, {"asn", "ASN"}, {"bgp", "BGP"}, {"dns", "DNS"},   {"id", "ID"},  {"ip", "IP"},
    {"nat", "NAT"}, {"ntp", "NTP"}, {"os", "OS"},   {"vnet", "VNet"}, {"vpn", "VPN"}};
static const char *const headings[][2] = {{"estimatedTimeInMinute", "Estimated minutes"}};

static char *spell(const struct text *words)
{
    struct text heading = {0};
    const char *word = text_get(words);
    while (*word) {
        size_t length = strcspn(word, " "), i = 0;
        while (
            i < sizeof spellings / sizeof *spellings &&
            (strlen(spellings[i][0]) != length || strncasecmp(spellings[i][0], word, length) != 0))
            i++;
        if (i < sizeof spellings / sizeof *spellings)
            text_add(&heading, spellings[i][1]);
        else
            text_append(&heading, word, length);
        word += length;
        text_append(&heading, " ", *word == ' ');
        word += *word == ' ';
    }
    return text_take(&heading);
}

/* "provisioningState" as "Provisioning state". */
static void split_words(struct text *words, const char *key)
{
    bool shouted = is_shouted(key);
    size_t length = strlen(key) - (ends_in(key, "Ms") ? 2 : 0);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)key[i];
        bool upper = isupper(c), after_lower = i && islower((unsigned char)key[i - 1]);
        bool before_upper = isupper((unsigned char)key[i + 1]);
        if (upper && after_lower)
            text_add(words, " ");
        if (c == '-' || c == '_')
            c = ' ';
        else if (i == 0)
            c = (unsigned char)toupper(c);
        else if (shouted || (upper && after_lower && !before_upper))
            c = (unsigned char)tolower(c);
        text_append(words, (const char *)&c, 1);
    }
}

char *heading_of(const char *key)
{
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        if (strcmp(headings[i][0], key) == 0)
            return strdup(headings[i][1]);
    struct text words = {0};
    split_words(&words, key);
    char *heading = spell(&words);
    text_free(&words);
    return heading;
}
