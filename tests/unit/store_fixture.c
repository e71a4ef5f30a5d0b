/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the store share. */
#include "store_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t test_now(struct clock *clock)
{
    return ((struct test_clock *)clock)->now_ms;
}

static uint64_t test_random(struct clock *clock)
{
    struct test_clock *own = (struct test_clock *)clock;
    own->random = own->random * 6364136223846793005u + 1442695040888963407u;
    return own->random >> 33;
}

static const struct clock_ops test_clock_ops = {test_now, test_now, test_random};

struct test_clock test_clock = {{&test_clock_ops}, 0, 1};
char test_folder[64];

void test_folder_make(void)
{
    test_clock.now_ms = 1000000;
    strcpy(test_folder, "/tmp/flexhost-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test_folder));
}

void test_folder_remove(void)
{
    DIR *folder = opendir(test_folder);
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    ck_assert_int_eq(rmdir(test_folder), 0);
    test_folder[0] = '\0';
}

const char *test_path(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", test_folder, name);
    return path;
}

struct store *test_open(int backend)
{
    struct error err = ERROR_INIT;
    struct store *store = backend == BACKEND_MEMORY
                              ? store_open_memory(&test_clock.clock, &err)
                              : store_open(test_folder, &test_clock.clock, &err);
    ck_assert_msg(store != NULL, "%s", error_text(&err));
    ck_assert_int_eq(err.code, ERROR_NONE);
    return store;
}

void test_reopen(struct store **store)
{
    (*store)->ops->close(*store);
    *store = test_open(BACKEND_FILE);
}

void must(int result, const struct error *err)
{
    ck_assert_msg(result == 0, "%s", error_text(err));
}

void must_fail(int result, struct error *err, int code, const char *field, const char *words)
{
    ck_assert_int_eq(result, -1);
    ck_assert_msg(err->code == code, "code %d, not %d: %s", err->code, code, error_text(err));
    ck_assert_pstr_eq(err->field, field);
    ck_assert_msg(strstr(error_text(err), words) != NULL, "\"%s\" lacks \"%s\"", error_text(err),
                  words);
    error_clear(err);
}

void test_begin(struct store *store)
{
    struct error err = ERROR_INIT;
    must(store->ops->begin(store, &err), &err);
}

void test_commit(struct store *store)
{
    struct error err = ERROR_INIT;
    must(store->ops->commit(store, &err), &err);
}

void test_put_record(struct store *store, const struct record *record)
{
    struct error err = ERROR_INIT;
    test_begin(store);
    must(store->ops->record_put(store, record, &err), &err);
    test_commit(store);
}
