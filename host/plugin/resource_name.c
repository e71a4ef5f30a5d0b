/* SPDX-License-Identifier: Apache-2.0 */
/* Names of Azure resources from what does not change: installation, subject's id, suffix. */
#include "plugin/resource_name.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARK = 13, DEFAULT_LENGTH = 63 };

/* 65 bits of the digest in a base-32 alphabet without letters that read alike. */
static void mark_from(const char *hex, char mark[MARK + 1])
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < MARK;) {
        if (held < 5) {
            char digit[2] = {*hex++, '\0'};
            bits = (bits & 31) << 4 | (unsigned)strtoul(digit, NULL, 16);
            held += 4;
            continue;
        }
        mark[i++] = digits[bits >> (held - 5) & 31];
        held -= 5;
        bits &= (1U << held) - 1;
    }
    mark[MARK] = '\0';
}

static size_t tidy_suffix(const char *suffix, bool hyphens, size_t room, char *tidy)
{
    size_t used = 0;
    for (; *suffix && used < room; suffix++) {
        char c = *suffix;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain)
            tidy[used++] = c;
        else if (hyphens && used && tidy[used - 1] != '-')
            tidy[used++] = '-';
    }
    while (used && tidy[used - 1] == '-')
        used--;
    tidy[used] = '\0';
    return used;
}

int resource_name(const char *installation, const char *subject_id, const char *suffix,
                  size_t max_length, const char *alphabet, char name[RESOURCE_NAME_TEXT],
                  struct error *err)
{
    bool hyphens = !alphabet;
    if (alphabet && strcmp(alphabet, "a-z0-9") != 0)
        return error_set(err, ERROR_FAILED, NULL,
                         "the alphabet \"%s\" of a resource name is unknown: give NULL or a-z0-9",
                         alphabet);
    if (max_length == 0 || max_length >= RESOURCE_NAME_TEXT)
        max_length = DEFAULT_LENGTH;
    if (max_length < RESOURCE_NAME_SHORTEST)
        return error_set(err, ERROR_FAILED, NULL,
                         "a resource name needs room for %d characters, %zu are allowed",
                         RESOURCE_NAME_SHORTEST, max_length);
    char *seed = text_format("%s\n%s\n%s", installation, subject_id, suffix);
    char hex[DIGEST_HEX], mark[MARK + 1], tidy[RESOURCE_NAME_TEXT];
    int failed = !seed || digest_text(seed, strlen(seed), hex) < 0;
    free(seed);
    if (failed)
        return error_no_memory(err);
    mark_from(hex, mark);
    const char *join = hyphens ? "-" : "";
    size_t fixed = strlen("fh") + MARK + 2 * strlen(join);
    size_t kept = tidy_suffix(suffix, hyphens, max_length > fixed ? max_length - fixed : 0, tidy);
    snprintf(name, RESOURCE_NAME_TEXT, "fh%s%.100s%s%s", join, tidy, kept ? join : "", mark);
    return 0;
}
