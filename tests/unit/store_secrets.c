/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets are sealed on the disk, open only with their key, and only where they were put. */
#include "base/file.h"
#include "store/internal.h"
#include "store_fixture.h"
#include "tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char plain[] = "correct horse battery staple";

static struct store *store;
static struct error err;

static void set_up(void)
{
    test_folder_make();
    store = test_open(BACKEND_FILE);
}

static void tear_down(void)
{
    error_clear(&err);
    store->ops->close(store);
    test_folder_remove();
}

static void put(const char *owner, const char *name, const char *value, size_t length)
{
    test_begin(store);
    must(store->ops->secret_put(store, owner, name, value, length, &err), &err);
    test_commit(store);
}

static int get(const char *owner, const char *name, char **value, size_t *length, int64_t *version)
{
    return store->ops->secret_get(store, owner, name, value, length, version, &err);
}

static void expect(const char *owner, const char *name, const char *wanted, size_t wanted_length)
{
    char *value = NULL;
    size_t length = 0;
    int64_t version = 0;
    must(get(owner, name, &value, &length, &version), &err);
    ck_assert_ptr_nonnull(value);
    ck_assert_int_gt(version, 0);
    ck_assert_uint_eq(length, wanted_length);
    ck_assert_mem_eq(value, wanted, wanted_length);
    ck_assert_int_eq(value[length], '\0');
    secret_wipe(value, length);
}

static void expect_none(const char *owner, const char *name)
{
    char *value = (char *)plain;
    size_t length = 1;
    int64_t version = 1;
    must(get(owner, name, &value, &length, &version), &err);
    ck_assert_ptr_null(value);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(version, 0);
}

static void expect_refused(int code, const char *words)
{
    char *value = NULL;
    size_t length = 0;
    int64_t version = 0;
    must_fail(get("gateway", "psk", &value, &length, &version), &err, code, NULL, words);
    ck_assert_ptr_null(value);
}

static int64_t version_of(const char *owner, const char *name)
{
    int64_t version = -1;
    must(store->ops->secret_version(store, owner, name, &version, &err), &err);
    return version;
}

START_TEST(secret_is_kept_whole)
{
    char *longest = malloc(1 << 20);
    ck_assert_ptr_nonnull(longest);
    memset(longest, 7, 1 << 20);
    if (_i == BACKEND_MEMORY) {
        store->ops->close(store);
        store = test_open(BACKEND_MEMORY);
    }
    expect_none("gateway", "psk");
    put("gateway", "psk", plain, strlen(plain));
    put("gateway", "empty", "", 0);
    put("gateway", "bytes", "a\0b\xff", 4);
    put("gateway", "longest", longest, 1 << 20);
    if (_i == BACKEND_FILE)
        test_reopen(&store);
    expect("gateway", "psk", plain, strlen(plain));
    expect("gateway", "empty", "", 0);
    expect("gateway", "bytes", "a\0b\xff", 4);
    expect("gateway", "longest", longest, 1 << 20);
    expect_none("gatewa", "ypsk");
    expect_none("other", "psk");
    free(longest);
    test_begin(store);
    must_fail(store->ops->secret_put(store, "o", "n", plain, (1 << 20) + 1, &err), &err,
              ERROR_USAGE, NULL, "at most 1048576");
    test_commit(store);
}
END_TEST

START_TEST(version_rises_and_never_comes_back)
{
    ck_assert_int_eq(version_of("gateway", "psk"), 0);
    put("gateway", "psk", plain, 5);
    int64_t first = version_of("gateway", "psk");
    ck_assert_int_gt(first, 0);
    put("gateway", "psk", plain, 6);
    int64_t second = version_of("gateway", "psk");
    ck_assert_int_gt(second, first);
    put("other", "psk", plain, 7);
    test_begin(store);
    must(store->ops->secret_delete_all(store, "gateway", &err), &err);
    test_commit(store);
    expect_none("gateway", "psk");
    expect("other", "psk", plain, 7);
    put("gateway", "psk", plain, 5);
    ck_assert_int_gt(version_of("gateway", "psk"), second);
}
END_TEST

START_TEST(rolled_back_put_leaves_the_old_value)
{
    put("gateway", "psk", plain, 5);
    test_begin(store);
    must(store->ops->secret_put(store, "gateway", "psk", "new", 3, &err), &err);
    expect("gateway", "psk", "new", 3);
    store->ops->rollback(store);
    expect("gateway", "psk", plain, 5);
    must_fail(store->ops->secret_put(store, "gateway", "psk", "new", 3, &err), &err, ERROR_FAILED,
              NULL, "needs a transaction");
}
END_TEST

static void expect_no_plain_text_in(const char *name)
{
    char *data = NULL;
    size_t length = 0;
    must(file_read(test_path(name), 1 << 24, &data, &length, &err), &err);
    ck_assert_ptr_null(memmem(data, length, plain, 8));
    free(data);
}

START_TEST(nothing_of_it_is_readable_on_the_disk)
{
    struct stat key;
    put("gateway", "psk", plain, strlen(plain));
    expect_no_plain_text_in("flexhost.db-wal");
    test_reopen(&store);
    expect_no_plain_text_in("flexhost.db");
    ck_assert_int_eq(stat(test_path("secret.key"), &key), 0);
    ck_assert_int_eq(key.st_mode & 07777, 0600);
    ck_assert_int_eq(key.st_size, 32);
}
END_TEST

static void change(const char *sql)
{
    char *message = NULL;
    sqlite3_exec(sqlite_of(store)->db, sql, NULL, NULL, &message);
    ck_assert_msg(message == NULL, "%s: %s", sql, message);
}

static void flip_bit(size_t offset)
{
    sqlite3 *db = sqlite_of(store)->db;
    sqlite3_stmt *read = NULL;
    sqlite3_stmt *write = NULL;
    unsigned char sealed[256];
    sqlite3_prepare_v2(db, "SELECT sealed FROM secret WHERE name = 'psk'", -1, &read, NULL);
    sqlite3_prepare_v2(db, "UPDATE secret SET sealed = ?1 WHERE name = 'psk'", -1, &write, NULL);
    ck_assert_int_eq(sqlite3_step(read), SQLITE_ROW);
    int length = sqlite3_column_bytes(read, 0);
    ck_assert_int_eq(length, SEAL_OVERHEAD + (int)strlen(plain));
    memcpy(sealed, sqlite3_column_blob(read, 0), (size_t)length);
    sqlite3_finalize(read);
    sealed[offset] ^= 1;
    sqlite3_bind_blob(write, 1, sealed, length, SQLITE_STATIC);
    ck_assert_int_eq(sqlite3_step(write), SQLITE_DONE);
    sqlite3_finalize(write);
}

START_TEST(no_changed_bit_goes_unnoticed)
{
    static const size_t offsets[] = {0, SEAL_NONCE - 1, SEAL_NONCE, SEAL_NONCE + sizeof plain - 1,
                                     SEAL_OVERHEAD + sizeof plain - 2};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        put("gateway", "psk", plain, strlen(plain));
        flip_bit(offsets[i]);
        expect_refused(ERROR_FAILED, "was damaged or changed");
        flip_bit(offsets[i]);
        expect("gateway", "psk", plain, strlen(plain));
    }
}
END_TEST

START_TEST(secret_opens_only_where_it_was_put)
{
    static const char *const tampering[] = {
        "UPDATE secret SET sealed = substr(sealed, 1, length(sealed) - 1)",
        "UPDATE secret SET sealed = x''",
        "UPDATE secret SET sealed = zeroblob(2000000)",
        "UPDATE secret SET version = version + 1",
        "UPDATE secret SET name = 'psk'",
        "UPDATE secret SET owner = 'gateway', name = 'psk'",
    };
    static const struct {
        const char *owner;
        const char *name;
    } from[] = {{"gateway", "psk"}, {"gateway", "psk"},  {"gateway", "psk"},
                {"gateway", "psk"}, {"gateway", "psk2"}, {"gatewayp", "sk"}};
    for (size_t i = 0; i < sizeof tampering / sizeof tampering[0]; i++) {
        put(from[i].owner, from[i].name, plain, strlen(plain));
        change(tampering[i]);
        expect_refused(ERROR_FAILED, "was damaged or changed");
        change("DELETE FROM secret");
    }
}
END_TEST

static void replace_key(const char *data, size_t length)
{
    must(file_replace(test_path("secret.key"), data, length, &err), &err);
}

START_TEST(key_that_is_not_right_is_refused)
{
    static const char other[32] = "another key";
    put("gateway", "psk", plain, strlen(plain));
    ck_assert_int_eq(chmod(test_path("secret.key"), 0640), 0);
    expect_refused(ERROR_USAGE, "chmod 600");
    replace_key(other, 31);
    expect_refused(ERROR_USAGE, "has 31 bytes");
    replace_key("0123456789abcdef0123456789abcdef\n", 33);
    expect_refused(ERROR_USAGE, "more than the 32 bytes");
    replace_key(other, 32);
    expect_refused(ERROR_USAGE, "not the key");
    test_begin(store);
    must_fail(store->ops->secret_put(store, "o", "n", plain, 3, &err), &err, ERROR_USAGE, NULL,
              "not the key");
    store->ops->rollback(store);
    unlink(test_path("secret.key"));
    expect_refused(ERROR_USAGE, "is missing");
    test_begin(store);
    must_fail(store->ops->secret_put(store, "o", "n", plain, 3, &err), &err, ERROR_USAGE, NULL,
              "is missing");
    store->ops->rollback(store);
    ck_assert_int_ne(access(test_path("secret.key"), F_OK), 0);
}
END_TEST

START_TEST(processes_that_make_the_key_at_once_share_it)
{
    enum { MAKERS = 4 };
    for (int i = 0; i < MAKERS; i++)
        if (fork() == 0) {
            char name[24];
            snprintf(name, sizeof name, "secret-%d", i);
            store = store_open(test_folder, &test_clock.clock, &err);
            if (!store || store->ops->begin(store, &err) < 0 ||
                store->ops->secret_put(store, "gateway", name, plain, strlen(plain), &err) < 0 ||
                store->ops->commit(store, &err) < 0)
                _exit(1);
            store->ops->close(store);
            _exit(0);
        }
    for (int i = 0; i < MAKERS; i++) {
        int status = -1;
        wait(&status);
        ck_assert_int_eq(status, 0);
    }
    for (int i = 0; i < MAKERS; i++) {
        char name[24];
        snprintf(name, sizeof name, "secret-%d", i);
        expect("gateway", name, plain, strlen(plain));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secrets");
    TCase *cases = tcase_create("secrets");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, secret_is_kept_whole, 0, BACKENDS);
    tcase_add_test(cases, version_rises_and_never_comes_back);
    tcase_add_test(cases, rolled_back_put_leaves_the_old_value);
    tcase_add_test(cases, nothing_of_it_is_readable_on_the_disk);
    tcase_add_test(cases, no_changed_bit_goes_unnoticed);
    tcase_add_test(cases, secret_opens_only_where_it_was_put);
    tcase_add_test(cases, key_that_is_not_right_is_refused);
    tcase_add_test(cases, processes_that_make_the_key_at_once_share_it);
    suite_add_tcase(suite, cases);
    return tap_main(suite);
}
