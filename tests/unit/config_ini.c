/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a text is said with its line, all of it, and the rest is read. */
#include "config_suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text;
    const char *problem; /* NULL: none */
} texts[] = {
    {"", NULL},
    {"; a comment\n# another\n\n", NULL},
    {"[host]\noutput = json\n", NULL},
    {"[host]\r\noutput = json\r\n", NULL},
    {"\xEF\xBB\xBF[host]\noutput = json\n", NULL},
    {"  [host]  ; comment\n   output : json\n", NULL},
    {"[host]\noutput = json ; comment\n", NULL},
    {"[host]\noutput = json", NULL},
    {"\xFF\xFE[\0", "test.ini: the file is UTF-16: save it as UTF-8"},
    {"[host\noutput = json\n", "test.ini:1: the section header is not well formed"},
    {"[host] output = json\n", "test.ini:1: the section header is not well formed"},
    {"[]\n", "test.ini:1: \"\" is not a kind of section"},
    {"[Host]\n", "test.ini:1: \"Host\" is not a kind of section"},
    {"[credential \"\"]\n", "test.ini:1: the section's name has 0 characters: it takes 1 to 128"},
    {"[credential \"a]\n", "test.ini:1: the section header is not well formed"},
    {"[credential a]\n", "test.ini:1: the section header is not well formed"},
    {"name = a\n", "test.ini:1: name stands before the first section"},
    {"[host]\nname\n", "test.ini:2: the line is neither [SECTION] nor KEY = VALUE"},
    {"[host]\nName = a\n", "test.ini:2: \"Name\" is not a key"},
    {"[host]\n= a\n", "test.ini:2: \"\" is not a key"},
    {"[host]\nname = \xC3\x28\n", "test.ini:2: the line is not UTF-8 (byte 0xc3 in column 8)"},
    {"[host]\nname = a\x01\n", "test.ini:2: the line holds a control character in column 9"},
    {"[hots]\n", "test.ini:1: [hots]: there is no such section; did you mean [host]?"},
    {"[credential]\n", "test.ini:1: [credential]: the section needs a name"},
    {"[host \"a\"]\n", "test.ini:1: [host \"a\"]: there is only one such section: write [host]"},
    {"[host]\n[azure]\n[host]\n",
     "test.ini:3: [host]: the section stands twice, first in line 1: join the two"},
    {"[host]\nouptut = a\n",
     "test.ini:2: [host] ouptut: this section has no such key; did you mean output?"},
    {"[host]\noutput = json\noutput = tsv\n",
     "test.ini:3: [host] output: the key stands twice, first in line 2: remove one"},
    {"[host]\noutput =\n", "test.ini:2: [host] output: the value is missing"},
    {"[host]\noutput = \"json\"\n", "test.ini:2: [host] output: a value is written without quotes"},
};

START_TEST(each_text_has_its_problem)
{
    char *problems = config_problems(texts[_i].text);
    const char *wanted = texts[_i].problem ? texts[_i].problem : "";
    ck_assert_msg(strncmp(problems, wanted, strlen(wanted)) == 0, "wanted \"%s\", got \"%s\"",
                  wanted, problems);
    if (!*wanted)
        ck_assert_str_eq(problems, "");
    ck_assert_msg(!strchr(problems, '\n') || !strchr(strchr(problems, '\n') + 1, '\n'),
                  "more than one problem: %s", problems);
    free(problems);
}
END_TEST

START_TEST(all_problems_are_reported)
{
    char *problems = config_problems("[host]\nx\noutput = xml\ncoluor = a\n[foo]\ny = 1\n");
    ck_assert_ptr_nonnull(strstr(problems, "test.ini:2: the line is neither"));
    ck_assert_ptr_nonnull(strstr(problems, "test.ini:3: [host] output: \"xml\" is not one of"));
    ck_assert_ptr_nonnull(strstr(problems, "test.ini:4: [host] coluor: "));
    ck_assert_ptr_nonnull(strstr(problems, "test.ini:5: [foo]: there is no such section"));
    free(problems);
}
END_TEST

START_TEST(problems_come_in_the_order_of_their_lines)
{
    char *problems = config_problems("[azure]\npace = x\n[host]\noutput = x\n[limits]\na = 1\nb\n");
    const char *at = problems;
    for (int line = 2; line <= 6; line += 2, at++) {
        char place[16];
        snprintf(place, sizeof place, "test.ini:%d:", line);
        at = strstr(at, place);
        ck_assert_msg(at != NULL, "%s not in its place: %s", place, problems);
    }
    ck_assert_ptr_nonnull(strstr(at, "test.ini:7:"));
    free(problems);
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    static const char text[] = "[host]\nname = a\0b\n";
    struct arena arena = {0};
    struct ini_problems problems = {0};
    struct ini_file file;
    ck_assert_int_eq(ini_parse_text("x", text, sizeof text - 1, &arena, &file, &problems), 0);
    ck_assert_uint_eq(problems.count, 1);
    ck_assert_ptr_nonnull(strstr(problems.items[0].message, "NUL byte in column 9"));
    arena_free(&arena);
}
END_TEST

START_TEST(long_lines_are_read_or_refused)
{
    struct arena arena = {0};
    struct ini_problems problems = {0};
    struct ini_file file;
    char text[6000] = "[plugin \"image/x\"]\nlong = ";
    size_t start = strlen(text);
    memset(text + start, 'v', 1000);
    ck_assert_int_eq(ini_parse_text("x", text, start + 1000, &arena, &file, &problems), 0);
    ck_assert_uint_eq(problems.count, 0);
    ck_assert_uint_eq(strlen(file.sections[0].entries[0].value), 1000);
    memset(text + start, 'v', 5000);
    strcpy(text + start + 5000, "\nb = 1\n");
    ck_assert_int_eq(ini_parse_text("x", text, strlen(text), &arena, &file, &problems), 0);
    ck_assert_uint_eq(problems.count, 1);
    ck_assert_int_eq(problems.items[0].line, 2);
    ck_assert_ptr_nonnull(strstr(problems.items[0].message, "at most 4093"));
    ck_assert_uint_eq(file.sections[0].entry_count, 1);
    ck_assert_int_eq(file.sections[0].entries[0].line, 3);
    arena_free(&arena);
}
END_TEST

START_TEST(sections_keep_their_lines)
{
    static const char text[] =
        "\n[plugin \"image/x\"]\n\na = 1\n ; c\na = 2\n[plugin \"image/y\"]\n";
    struct arena arena = {0};
    struct ini_problems problems = {0};
    struct ini_file file;
    ck_assert_int_eq(ini_parse_text("x", text, sizeof text - 1, &arena, &file, &problems), 0);
    ck_assert_uint_eq(file.count, 2);
    ck_assert_int_eq(file.sections[0].line, 2);
    ck_assert_uint_eq(file.sections[0].entry_count, 2);
    ck_assert_int_eq(file.sections[0].entries[1].line, 6);
    ck_assert_str_eq(ini_find(&file.sections[0], "a")->value, "2");
    ck_assert_int_eq(file.sections[1].line, 7);
    ck_assert_uint_eq(file.sections[1].entry_count, 0);
    arena_free(&arena);
}
END_TEST

TCase *config_ini_case(void)
{
    TCase *tcase = tcase_create("ini");
    tcase_add_loop_test(tcase, each_text_has_its_problem, 0, sizeof texts / sizeof *texts);
    tcase_add_test(tcase, all_problems_are_reported);
    tcase_add_test(tcase, problems_come_in_the_order_of_their_lines);
    tcase_add_test(tcase, a_nul_byte_is_refused);
    tcase_add_test(tcase, long_lines_are_read_or_refused);
    tcase_add_test(tcase, sections_keep_their_lines);
    return tcase;
}
