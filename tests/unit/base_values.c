/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, text, memory, digests and ids. */
#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "base/transport.h"
#include "base/uuid.h"
#include "tap_main.h"

#include <stdint.h>
#include <string.h>

START_TEST(error_keeps_code_field_and_sentence)
{
    struct error err = ERROR_INIT;
    ck_assert_str_eq(error_text(&err), "no error");
    ck_assert_str_eq(error_text(NULL), "no error");
    ck_assert_int_eq(error_set(&err, ERROR_USAGE, "/name", "%s is %d", "it", 7), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_str_eq(err.field, "/name");
    ck_assert_str_eq(error_text(&err), "it is 7");
    ck_assert_int_eq(error_prefix(&err, "%s:%d", "a.ini", 3), -1);
    ck_assert_str_eq(error_text(&err), "a.ini:3: it is 7");
    ck_assert_str_eq(err.field, "/name");
    ck_assert_int_eq(error_set(&err, ERROR_FAILED, err.field, "was: %s", error_text(&err)), -1);
    ck_assert_str_eq(error_text(&err), "was: a.ini:3: it is 7");
    ck_assert_str_eq(err.field, "/name");
    error_clear(&err);
    ck_assert_int_eq(err.code, ERROR_NONE);
    ck_assert_int_eq(error_set(NULL, ERROR_USAGE, NULL, "nobody asks"), -1);
    ck_assert_int_eq(error_prefix(NULL, "nobody asks"), -1);
    error_clear(NULL);
}
END_TEST

START_TEST(error_is_copied_and_moved_whole)
{
    struct error from = ERROR_INIT;
    struct error to = ERROR_INIT;
    error_set(&from, ERROR_AZURE, "/region", "no capacity");
    from.azure_code = strdup("SkuNotAvailable");
    error_set(&to, ERROR_FAILED, NULL, "older");
    ck_assert_int_eq(error_copy(&to, &from), -1);
    ck_assert_str_eq(to.azure_code, "SkuNotAvailable");
    ck_assert_str_eq(to.field, "/region");
    ck_assert_int_eq(error_copy(&to, &to), -1);
    ck_assert_str_eq(to.azure_code, "SkuNotAvailable");
    error_move(&to, &to);
    ck_assert_str_eq(error_text(&to), "no capacity");
    error_move(&from, &to);
    ck_assert_int_eq(to.code, ERROR_NONE);
    ck_assert_ptr_null(to.message);
    ck_assert_str_eq(from.azure_code, "SkuNotAvailable");
    error_move(NULL, &from);
    ck_assert_ptr_null(from.message);
}
END_TEST

START_TEST(text_grows)
{
    struct text text = {.secret = _i};
    char *taken;
    ck_assert_str_eq(text_get(&text), "");
    for (int i = 0; i < 1000; i++)
        text_printf(&text, "%03d,", i);
    ck_assert_uint_eq(text.length, 4000);
    ck_assert_uint_eq(strlen(text_get(&text)), 4000);
    ck_assert_int_eq(memcmp(text_get(&text) + 3996, "999,", 4), 0);
    text_append(&text, "a\0b", 3);
    text_append(&text, NULL, 0);
    text_add(&text, "c");
    taken = text_take(&text);
    ck_assert_mem_eq(taken + 4000, "a\0bc", 5);
    free(taken);
    taken = text_take(&text);
    ck_assert_str_eq(taken, "");
    free(taken);
    text_add(&text, "again");
    ck_assert_str_eq(text_get(&text), "again");
    text_free(&text);
}
END_TEST

START_TEST(text_without_memory_stays_as_it_was)
{
    struct text text = {0};
    text_add(&text, "before");
    text_append(&text, "x", SIZE_MAX - 3);
    ck_assert(text.failed);
    text_add(&text, "after");
    ck_assert_str_eq(text_get(&text), "before");
    ck_assert_ptr_null(text_take(&text));
    ck_assert_ptr_null(text.data);
}
END_TEST

START_TEST(arena_gives_aligned_zeroed_memory_of_any_size)
{
    static const size_t sizes[] = {0, 1, 7, 16, 100, 1024, 1025, 4096, 4097, 100000, 3, 5000, 8};
    struct arena arena = {0};
    char *given[100];
    for (size_t i = 0; i < 100; i++) {
        size_t size = sizes[i % (sizeof sizes / sizeof sizes[0])];
        given[i] = arena_alloc(&arena, size);
        ck_assert_ptr_nonnull(given[i]);
        ck_assert_uint_eq((uintptr_t)given[i] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++)
            if (given[i][j])
                ck_abort_msg("byte %zu of %zu is not zero", j, size);
        memset(given[i], 'x', size);
    }
    ck_assert_str_eq(arena_copy(&arena, "copy"), "copy");
    ck_assert_str_eq(arena_printf(&arena, "%d-%s", 5, "x"), "5-x");
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 64));
    arena_free(&arena);
    ck_assert_ptr_null(arena.blocks);
}
END_TEST

START_TEST(digest_of_known_texts)
{
    static const struct {
        const char *text;
        const char *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    char hex[DIGEST_HEX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(digest_text(cases[i].text, strlen(cases[i].text), hex), 0);
        ck_assert_str_eq(hex, cases[i].hex);
    }
}
END_TEST

START_TEST(equal_json_has_an_equal_digest)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        {"{\"a\":1,\"b\":[2]}", "{ \"b\" : [2], \"a\" : 1 }", true},
        {"{\"a\":{\"y\":1,\"x\":2}}", "{\"a\":{\"x\":2,\"y\":1}}", true},
        {"[1,2]", "[2,1]", false},
        {"{\"a\":\"1\"}", "{\"a\":1}", false},
        {"{\"a\":1}", "{\"a\":1.0}", false},
        {"\"\\u00e9\"", "\"é\"", true},
        {"null", "false", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char one[DIGEST_HEX];
        char other[DIGEST_HEX];
        json_t *a = json_loads(cases[i].a, JSON_DECODE_ANY, NULL);
        json_t *b = json_loads(cases[i].b, JSON_DECODE_ANY, NULL);
        ck_assert_int_eq(digest_json(a, one), 0);
        ck_assert_int_eq(digest_json(b, other), 0);
        ck_assert_msg((strcmp(one, other) == 0) == cases[i].equal, "%s", cases[i].a);
        json_decref(a);
        json_decref(b);
    }
}
END_TEST

static int64_t wall_ms;

static int64_t fixed_wall(struct clock *clock)
{
    return wall_ms;
}

static uint64_t all_ones(struct clock *clock)
{
    return UINT64_MAX;
}

START_TEST(uuid_is_of_version_7_and_sorts_by_time)
{
    static const struct clock_ops ops = {fixed_wall, fixed_wall, all_ones};
    struct clock clock = {&ops};
    char early[UUID_TEXT];
    char late[UUID_TEXT];
    wall_ms = 0x0123456789ab;
    uuid_v7(&clock, early);
    ck_assert_str_eq(early, "01234567-89ab-7fff-bfff-ffffffffffff");
    ck_assert(uuid_is_valid(early));
    wall_ms++;
    uuid_v7(&clock, late);
    ck_assert_str_lt(early, late);
    uuid_v7(clock_system(), early);
    uuid_v7(clock_system(), late);
    ck_assert(uuid_is_valid(early) && uuid_is_valid(late));
    ck_assert_str_ne(early, late);
}
END_TEST

START_TEST(uuid_is_recognised)
{
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"01234567-89ab-7fff-bfff-ffffffffffff", true},
        {"01234567-89AB-4FFF-BFFF-FFFFFFFFFFFF", true},
        {"01234567-89ab-7fff-bfff-fffffffffff", false},
        {"01234567-89ab-7fff-bfff-fffffffffffff", false},
        {"01234567089ab-7fff-bfff-ffffffffffff", false},
        {"g1234567-89ab-7fff-bfff-ffffffffffff", false},
        {"{1234567-89ab-7fff-bfff-fffffffffff}", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(uuid_is_valid(cases[i].text) == cases[i].valid, "%s", cases[i].text);
}
END_TEST

START_TEST(header_is_found_without_case)
{
    static const struct http_header headers[] = {{"Location", "/first"}, {"LOCATION", "/second"}};
    const struct http_response response = {.headers = headers, .header_count = 2};
    ck_assert_str_eq(http_response_header(&response, "location"), "/first");
    ck_assert_ptr_null(http_response_header(&response, "Locat"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *cases = tcase_create("base");
    tcase_add_test(cases, error_keeps_code_field_and_sentence);
    tcase_add_test(cases, error_is_copied_and_moved_whole);
    tcase_add_loop_test(cases, text_grows, 0, 2);
    tcase_add_test(cases, text_without_memory_stays_as_it_was);
    tcase_add_test(cases, arena_gives_aligned_zeroed_memory_of_any_size);
    tcase_add_test(cases, digest_of_known_texts);
    tcase_add_test(cases, equal_json_has_an_equal_digest);
    tcase_add_test(cases, uuid_is_of_version_7_and_sorts_by_time);
    tcase_add_test(cases, uuid_is_recognised);
    tcase_add_test(cases, header_is_found_without_case);
    suite_add_tcase(suite, cases);
    return tap_main(suite);
}
