/* SPDX-License-Identifier: Apache-2.0 */
/* Files are whole or absent, ours alone, and what is not a plain private file is refused. */
#include "base/file.h"
#include "store_fixture.h"
#include "tap_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error err;

static void tear_down(void)
{
    error_clear(&err);
    test_folder_remove();
}

static void write_file(const char *name, const char *data, mode_t mode)
{
    must(file_replace(test_path(name), data, strlen(data), &err), &err);
    ck_assert_int_eq(chmod(test_path(name), mode), 0);
}

static void expect_content(const char *path, const char *wanted)
{
    char *data = NULL;
    size_t length = 0;
    must(file_read(path, 100, &data, &length, &err), &err);
    ck_assert_uint_eq(length, strlen(wanted));
    ck_assert_str_eq(data, wanted);
    free(data);
}

static void expect_unreadable(const char *path, size_t limit, const char *words)
{
    char *data = (char *)path;
    size_t length = 1;
    must_fail(file_read(path, limit, &data, &length, &err), &err, ERROR_USAGE, NULL, words);
    ck_assert_ptr_null(data);
    ck_assert_uint_eq(length, 0);
}

START_TEST(replaced_file_is_private_and_whole)
{
    struct stat info;
    write_file("f", "old", 0644);
    must(file_replace(test_path("f"), "newer", 5, &err), &err);
    expect_content(test_path("f"), "newer");
    ck_assert_int_eq(stat(test_path("f"), &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0600);
    must(file_replace(test_path("f"), "", 0, &err), &err);
    expect_content(test_path("f"), "");
    must_fail(file_replace(test_path("none/f"), "x", 1, &err), &err, ERROR_FAILED, NULL,
              "cannot write");
}
END_TEST

START_TEST(created_file_stays_when_it_is_there)
{
    must(file_create(test_path("f"), "first", 5, &err), &err);
    must(file_create(test_path("f"), "second", 6, &err), &err);
    expect_content(test_path("f"), "first");
    must_fail(file_create(test_path("none/f"), "x", 1, &err), &err, ERROR_FAILED, NULL,
              "cannot write");
}
END_TEST

START_TEST(reading_has_a_limit)
{
    write_file("f", "12345", 0644);
    char *data = NULL;
    size_t length = 0;
    must(file_read(test_path("f"), 5, &data, &length, &err), &err);
    ck_assert_str_eq(data, "12345");
    free(data);
    expect_unreadable(test_path("f"), 4, "more than the 4 bytes");
    expect_unreadable(test_path("f"), 0, "more than the 0 bytes");
}
END_TEST

START_TEST(file_that_claims_no_size_is_read_to_its_end)
{
    char *data = NULL;
    size_t length = 0;
    must(file_read("/proc/self/status", 1 << 16, &data, &length, &err), &err);
    ck_assert_uint_gt(length, 100);
    ck_assert_uint_eq(strlen(data), length);
    free(data);
    expect_unreadable("/proc/self/status", 10, "more than the 10 bytes");
}
END_TEST

START_TEST(what_is_not_a_file_is_refused_at_once)
{
    ck_assert_int_eq(mkfifo(test_path("fifo"), 0600), 0);
    expect_unreadable(test_path("fifo"), 100, "not a regular file");
    expect_unreadable(test_folder, 100, "not a regular file");
    expect_unreadable("/dev/zero", 100, "not a regular file");
    expect_unreadable(test_path("none"), 100, "No such file");
    must_fail(file_check_private(test_path("fifo"), &err), &err, ERROR_USAGE, NULL,
              "not a regular file");
}
END_TEST

START_TEST(secrets_are_read_from_private_files_only)
{
    static const struct {
        mode_t mode;
        bool private;
    } cases[] = {{0600, true},  {0400, true},  {0700, true},  {0640, false},
                 {0604, false}, {0610, false}, {0602, false}, {0666, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *data = NULL;
        size_t length = 0;
        write_file("f", "secret", cases[i].mode);
        int result = file_read_private(test_path("f"), 100, &data, &length, &err);
        if (cases[i].private) {
            must(result, &err);
            ck_assert_str_eq(data, "secret");
            must(file_check_private(test_path("f"), &err), &err);
        } else {
            must_fail(result, &err, ERROR_USAGE, NULL, "run chmod 600");
            must_fail(file_check_private(test_path("f"), &err), &err, ERROR_USAGE, NULL,
                      "run chmod 600");
            ck_assert_ptr_null(data);
        }
        free(data);
    }
}
END_TEST

START_TEST(private_folder_is_made_with_its_parents)
{
    static const char *const names[] = {"a", "a/b", "a/b/c/", "a//b///c"};
    struct stat info;
    mode_t before = umask(0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        must(file_make_private_folder(test_path(names[i]), &err), &err);
        ck_assert_int_eq(stat(test_path(names[i]), &info), 0);
        ck_assert_int_eq(info.st_mode & 07777, 0700);
    }
    umask(before);
    rmdir(test_path("a/b/c"));
    rmdir(test_path("a/b"));
    rmdir(test_path("a"));
    write_file("f", "x", 0600);
    must_fail(file_make_private_folder(test_path("f"), &err), &err, ERROR_FAILED, NULL,
              "is not a folder");
    must_fail(file_make_private_folder(test_path("f/g"), &err), &err, ERROR_FAILED, NULL,
              "cannot make the folder");
    must_fail(file_make_private_folder("", &err), &err, ERROR_FAILED, NULL,
              "cannot make the folder");
    ck_assert_int_eq(chmod(test_folder, 0701), 0);
    must_fail(file_make_private_folder(test_folder, &err), &err, ERROR_USAGE, NULL, "chmod 700");
}
END_TEST

START_TEST(what_others_can_write_is_not_trusted)
{
    static const struct {
        mode_t mode;
        bool trusted;
    } cases[] = {{0644, true}, {0755, true}, {0600, true}, {0664, false}, {0646, false}};
    char *mend;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file("f", "x", cases[i].mode);
        int result = file_check_trusted(test_path("f"), &mend, &err);
        if (cases[i].trusted)
            must(result, &err);
        else
            must_fail(result, &err, ERROR_USAGE, NULL, "others can write");
        ck_assert(cases[i].trusted ? !mend : mend && strncmp(mend, "chmod go-w /", 12) == 0);
        free(mend);
    }
    must(file_check_trusted(test_folder, &mend, &err), &err);
    must_fail(file_check_trusted("/dev/null", &mend, &err), &err, ERROR_USAGE, NULL, "neither");
    free(mend);
    must_fail(file_check_trusted(test_path("none"), &mend, &err), &err, ERROR_USAGE, NULL,
              "cannot open");
    free(mend);
    if (geteuid() == 0) {
        write_file("f", "x", 0600);
        ck_assert_int_eq(chown(test_path("f"), 65534, 65534), 0);
        must_fail(file_check_trusted(test_path("f"), &mend, &err), &err, ERROR_USAGE, NULL,
                  "belongs to user 65534");
        ck_assert_ptr_nonnull(strstr(mend, "chown root"));
        free(mend);
        must_fail(file_check_private(test_path("f"), &err), &err, ERROR_USAGE, NULL,
                  "belongs to user 65534");
        ck_assert_int_eq(chown(test_folder, 65534, 65534), 0);
        must_fail(file_make_private_folder(test_folder, &err), &err, ERROR_USAGE, NULL,
                  "belongs to user 65534");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *cases = tcase_create("file");
    tcase_add_checked_fixture(cases, test_folder_make, tear_down);
    tcase_add_test(cases, replaced_file_is_private_and_whole);
    tcase_add_test(cases, created_file_stays_when_it_is_there);
    tcase_add_test(cases, reading_has_a_limit);
    tcase_add_test(cases, file_that_claims_no_size_is_read_to_its_end);
    tcase_add_test(cases, what_is_not_a_file_is_refused_at_once);
    tcase_add_test(cases, secrets_are_read_from_private_files_only);
    tcase_add_test(cases, private_folder_is_made_with_its_parents);
    tcase_add_test(cases, what_others_can_write_is_not_trusted);
    suite_add_tcase(suite, cases);
    return tap_main(suite);
}
