/* SPDX-License-Identifier: Apache-2.0 */
/* A URL in its parts: decoded, and what signs it left out, however it is written. */
#include "plugin/url_parts.h"
#include "tap_main.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOB "https://a.blob.core.windows.net/c/b.vhd"

static const struct {
    const char *url, *parts;
} urls[] = {
    {BLOB, "{\"scheme\":\"https\",\"host\":\"a.blob.core.windows.net\",\"port\":443,"
           "\"path\":\"/c/b.vhd\",\"query\":{},\"signed\":false}"},
    {"HTTPS://A.example:8443", "{\"scheme\":\"https\",\"host\":\"A.example\",\"port\":8443,"
                               "\"path\":\"/\",\"query\":{},\"signed\":false}"},
    {"http://[2001:db8::1]/a", "{\"scheme\":\"http\",\"host\":\"[2001:db8::1]\",\"port\":80,"
                               "\"path\":\"/a\",\"query\":{},\"signed\":false}"},
    {"https://a.example/my%20disk/%C3%A4.vhd",
     "{\"scheme\":\"https\",\"host\":\"a.example\",\"port\":443,\"path\":\"/my disk/\xc3\xa4.vhd\","
     "\"query\":{},\"signed\":false}"},
};

START_TEST(a_url_comes_apart)
{
    json_t *parts = url_parts(urls[_i].url);
    char *text = json_dumps(parts, JSON_COMPACT);
    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, urls[_i].parts);
    free(text);
    json_decref(parts);
}
END_TEST

/* "SECRET" stands in every signature, and must come out of none. */
static const struct {
    const char *query, *told;
    bool is_signed;
} queries[] = {
    {"", "{}", false},
    {"se=2026-01-31T12%3A00%3A00Z&sp=r", "{\"se\":\"2026-01-31T12:00:00Z\",\"sp\":\"r\"}", false},
    {"sp=r&sig=SECRET%3D", "{\"sp\":\"r\"}", true},
    {"sig=SECRET&sp=r", "{\"sp\":\"r\"}", true},
    {"sp=r&sig=SECRET&sig=SECRET", "{\"sp\":\"r\"}", true},
    {"sp=r&SIG=SECRET", "{\"sp\":\"r\"}", true},
    {"sp=r&%73ig=SECRET", "{\"sp\":\"r\"}", true},
    {"sp=r&%53%49%47=SECRET", "{\"sp\":\"r\"}", true},
    {"sp=r&sig%00x=SECRET", "{\"sp\":\"r\"}", true},
    /* Nothing is not "all that follows". */
    {"se=&sig=SECRET", "{\"se\":\"\"}", true},
    {"=x&sig=SECRET", "{}", true},
    {"=&sig=SECRET", "{}", true},
    {"&&sp&&sig=SECRET&&", "{\"sp\":\"\"}", true},
    {"sig", "{}", true},
    {"signature=1&sigx=2&xsig=3", "{\"signature\":\"1\",\"sigx\":\"2\",\"xsig\":\"3\"}", false},
    {"a=1&a=2", "{\"a\":\"2\"}", false},
    {"a=b=c", "{\"a\":\"b=c\"}", false},
    {"a=%ff&%ff=b&c=%zz", "{\"c\":\"%zz\"}", false},
};

START_TEST(what_signs_is_left_out)
{
    char url[256];
    snprintf(url, sizeof url, BLOB "?%s#sig=SECRET", queries[_i].query);
    json_t *parts = url_parts(url);
    ck_assert_ptr_nonnull(parts);
    char *told = json_dumps(json_object_get(parts, "query"), JSON_COMPACT);
    char *all = json_dumps(parts, JSON_COMPACT);
    ck_assert_str_eq(told, queries[_i].told);
    ck_assert_int_eq(json_is_true(json_object_get(parts, "signed")), queries[_i].is_signed);
    ck_assert_ptr_null(strstr(all, "SECRET"));
    free(told);
    free(all);
    json_decref(parts);
}
END_TEST

static const char *const none[] = {
    "",
    "text",
    "/c/b.vhd",
    "//a.example/b",
    "https://",
    "https://user@a.example/b",
    "https://user:word@a.example/b",
    "https://:word@a.example/b",
    "https://a.example:99999/b",
    "https://a.example:x/b",
    "https://a.example/b c",
    "https://a.exa mple/b",
    "https://a.example/b\r\nHost: evil",
    "https://a.example/%0d%0aHost:%20evil",
    "https://a.example/%ff",
};

START_TEST(what_is_no_url_is_refused)
{
    json_t *parts = url_parts(none[_i]);
    char *text = parts ? json_dumps(parts, JSON_COMPACT) : NULL;
    ck_assert_msg(!parts, "%s: %s", none[_i], text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parts of a URL");
    TCase *tests = tcase_create("url");
    tcase_add_loop_test(tests, a_url_comes_apart, 0, sizeof urls / sizeof *urls);
    tcase_add_loop_test(tests, what_signs_is_left_out, 0, sizeof queries / sizeof *queries);
    tcase_add_loop_test(tests, what_is_no_url_is_refused, 0, sizeof none / sizeof *none);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}
