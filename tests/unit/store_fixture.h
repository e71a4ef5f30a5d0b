/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the store share: a clock to set, a folder to throw away, checks that tell the
 * store's own message. */
#ifndef FLEXHOST_TESTS_UNIT_STORE_FIXTURE_H
#define FLEXHOST_TESTS_UNIT_STORE_FIXTURE_H

#include "store/store.h"

#include <check.h>

struct test_clock {
    struct clock clock;
    int64_t now_ms;
    uint64_t random;
};

extern struct test_clock test_clock; /* set to 1,000,000 by test_folder_make() */
extern char test_folder[64];         /* "" without test_folder_make() */

void test_folder_make(void);
void test_folder_remove(void);
/* PATH of a file in the folder; good until the next call. */
const char *test_path(const char *name);

enum { BACKEND_FILE, BACKEND_MEMORY, BACKENDS };
struct store *test_open(int backend);
void test_reopen(struct store **store); /* a file: closes and opens it */

/* Fail the test with the store's message. */
void must(int result, const struct error *err);
/* The call failed with this code and field, and the message has these words. Clears err. */
void must_fail(int result, struct error *err, int code, const char *field, const char *words);
void test_begin(struct store *store);
void test_commit(struct store *store);
/* In a transaction of its own. */
void test_put_record(struct store *store, const struct record *record);

#endif
