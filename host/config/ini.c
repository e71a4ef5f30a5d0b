/* SPDX-License-Identifier: Apache-2.0 */
/* INI text into sections. inih splits keys from values; the reader that feeds it keeps what inih
 * forgets: line numbers, empty sections, names longer than 49 characters, and every malformed line
 * rather than the first. */
#include "config/ini.h"

#include "config/array.h"
#include "rules/forms.h"

#include <config.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_BUFFER = 4096, /* inih's own default of 200 is too short for a resource id */
    LONGEST_NAME = 128,
    LONGEST_KIND = 32
};

struct reading {
    const char *file;
    const char *at;
    const char *end;
    int line;
    /* The line handed out last should come back as a key and its value. */
    bool awaits_entry;
    struct ini_section *sections;
    size_t section_count, section_room;
    struct ini_entry *entries; /* of the last section */
    size_t entry_count, entry_room;
    bool lost; /* in a section whose header is wrong: its entries are passed over */
    bool failed;
    struct arena *arena;
    struct ini_problems *problems;
};

#define PROBLEM(reading, ...)                                                                      \
    ini_problem_at((reading)->problems, (reading)->arena, (reading)->file, (reading)->line,        \
                   __VA_ARGS__)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_key(const char *text, size_t length)
{
    if (length == 0 || text[0] < 'a' || text[0] > 'z' || text[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
            text[i] != '-')
            return false;
    return true;
}

static void finish_section(struct reading *reading)
{
    if (reading->section_count) {
        struct ini_section *last = &reading->sections[reading->section_count - 1];
        last->entries = reading->entries;
        last->entry_count = reading->entry_count;
    }
    reading->entries = NULL;
    reading->entry_count = reading->entry_room = 0;
}

static char *copy(struct reading *reading, const char *text, size_t length)
{
    char *copied = arena_alloc(reading->arena, length + 1);
    if (copied)
        memcpy(copied, text, length);
    else
        reading->failed = true;
    return copied;
}

static void begin_section(struct reading *reading, const char *kind, size_t kind_length,
                          const char *name, size_t name_length)
{
    struct ini_section *sections =
        array_room(reading->arena, reading->sections, reading->section_count,
                   &reading->section_room, sizeof *sections);
    if (!sections) {
        reading->failed = true;
        return;
    }
    reading->sections = sections;
    sections[reading->section_count++] = (struct ini_section){
        .kind = copy(reading, kind, kind_length),
        .name = name ? copy(reading, name, name_length) : NULL,
        .file = reading->file,
        .line = reading->line,
    };
}

/* What follows a header's bracket: nothing, or a comment. */
static bool is_rest(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at == end || *at == ';' || *at == '#';
}

/* [kind] or [kind "name"], the bracket at `at`. Returns whether it is well formed. */
static bool read_header(struct reading *reading, const char *at, const char *end)
{
    const char *kind = ++at;
    while (at < end && !is_blank(*at) && *at != ']' && *at != '"')
        at++;
    size_t kind_length = (size_t)(at - kind);
    const char *name = NULL, *quote = NULL;
    while (at < end && is_blank(*at))
        at++;
    if (at < end && *at == '"') {
        name = ++at;
        quote = memchr(name, '"', (size_t)(end - name));
        at = quote ? quote + 1 : end;
    }
    while (at < end && is_blank(*at))
        at++;
    if (at == end || *at != ']' || !is_rest(at + 1, end)) {
        PROBLEM(reading, "the section header is not well formed: write [KIND] or [KIND \"NAME\"], "
                         "closed by ] and followed by nothing");
        return false;
    }
    if (kind_length > LONGEST_KIND || !is_key(kind, kind_length)) {
        PROBLEM(reading,
                "\"%.*s\" is not a kind of section: write lower-case letters, digits and "
                "hyphens",
                (int)(kind_length < LONGEST_KIND ? kind_length : LONGEST_KIND), kind);
        return false;
    }
    if (name && (quote == name || quote - name > LONGEST_NAME)) {
        PROBLEM(reading, "the section's name has %zu characters: it takes 1 to %d",
                (size_t)(quote - name), LONGEST_NAME);
        return false;
    }
    begin_section(reading, kind, kind_length, name, name ? (size_t)(quote - name) : 0);
    return true;
}

/* Whether a line can be handed on; otherwise a problem says why not. */
static bool check_line(struct reading *reading, const char *start, const char *end, int longest)
{
    size_t length = (size_t)(end - start);
    if (length > (size_t)longest) {
        PROBLEM(reading, "the line has %zu characters: a line takes at most %d", length, longest);
        return false;
    }
    size_t valid = form_utf8_end(start, length);
    if (valid < length) {
        PROBLEM(reading,
                "the line is not UTF-8 (byte 0x%02x in column %zu): save the file as UTF-8",
                (unsigned char)start[valid], valid + 1);
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)start[i];
        if ((c >= 0x20 && c != 0x7F) || c == '\t')
            continue;
        PROBLEM(reading, "the line holds a %s in column %zu: remove it",
                c ? "control character" : "NUL byte", i + 1);
        return false;
    }
    return true;
}

/* inih's fgets. Blanks in front are dropped, because inih takes an indented line for a
 * continuation of the one before. */
static char *next_line(char *buffer, int size, void *context)
{
    struct reading *reading = context;
    if (reading->awaits_entry && !reading->lost)
        PROBLEM(reading, "the line is neither [SECTION] nor KEY = VALUE");
    reading->awaits_entry = false;
    if (reading->at == reading->end)
        return NULL;
    const char *start = reading->at;
    const char *newline = memchr(start, '\n', (size_t)(reading->end - start));
    const char *end = newline ? newline : reading->end;
    reading->at = newline ? newline + 1 : reading->end;
    reading->line++;
    if (end > start && end[-1] == '\r') /* written on Windows */
        end--;
    while (start < end && is_blank(*start))
        start++;
    strcpy(buffer, "\n");
    if (!check_line(reading, start, end, size - 3) || start == end || *start == ';' ||
        *start == '#')
        return buffer;
    if (*start == '[') {
        finish_section(reading);
        reading->lost = !read_header(reading, start, end);
        return buffer;
    }
    memcpy(buffer, start, (size_t)(end - start));
    strcpy(buffer + (end - start), "\n");
    reading->awaits_entry = true;
    return buffer;
}

#if INI_HANDLER_LINENO
static int take_entry(void *context, const char *section, const char *name, const char *value,
                      int line)
#else
static int take_entry(void *context, const char *section, const char *name, const char *value)
#endif
{
    struct reading *reading = context;
    reading->awaits_entry = false;
    if (reading->lost)
        return 1;
    if (!is_key(name, strlen(name))) {
        PROBLEM(reading, "\"%.64s\" is not a key: write lower-case letters, digits and hyphens",
                name);
        return 1;
    }
    if (reading->section_count == 0) {
        PROBLEM(reading, "%s stands before the first section: begin with a line as [host]", name);
        return 1;
    }
    struct ini_entry *entries = array_room(reading->arena, reading->entries, reading->entry_count,
                                           &reading->entry_room, sizeof *entries);
    if (!entries) {
        reading->failed = true;
        return 1;
    }
    reading->entries = entries;
    entries[reading->entry_count++] = (struct ini_entry){
        .key = copy(reading, name, strlen(name)),
        .value = copy(reading, value, strlen(value)),
        .line = reading->line,
    };
    return 1;
}

static bool skip_byte_order_mark(struct reading *reading)
{
    size_t length = (size_t)(reading->end - reading->at);
    if (length >= 3 && memcmp(reading->at, "\xEF\xBB\xBF", 3) == 0)
        reading->at += 3;
    if (length < 2 || (memcmp(reading->at, "\xFF\xFE", 2) && memcmp(reading->at, "\xFE\xFF", 2)))
        return true;
    PROBLEM(reading, "the file is UTF-16: save it as UTF-8");
    return false;
}

int ini_parse_text(const char *file, const char *text, size_t length, struct arena *arena,
                   struct ini_file *parsed, struct ini_problems *problems)
{
    struct reading reading = {
        .file = file, .at = text, .end = text + length, .arena = arena, .problems = problems};
#if HAVE_DECL_INI_MAX_LINE
    ini_max_line = LINE_BUFFER; /* Debian's build; elsewhere lines are as long as it was built */
#endif
    memset(parsed, 0, sizeof *parsed);
    if (!skip_byte_order_mark(&reading))
        return 0;
    if (ini_parse_stream(next_line, &reading, take_entry, &reading) == -2)
        reading.failed = true;
    finish_section(&reading);
    parsed->sections = reading.sections;
    parsed->count = reading.section_count;
    return reading.failed || problems->failed ? -1 : 0;
}

const struct ini_entry *ini_find(const struct ini_section *section, const char *key)
{
    for (size_t i = section->entry_count; i > 0; i--)
        if (strcmp(section->entries[i - 1].key, key) == 0)
            return &section->entries[i - 1];
    return NULL;
}
