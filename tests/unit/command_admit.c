/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked again when a change is recorded: another process may have been faster. */
#include "command/admit.h"
#include "command/change.h"

#include <stdio.h>
#include <string.h>

#include "command_world.h"
#include "tap_main.h" /* last: Check has a macro called fail */

static const struct face silent = {0};

static void open_world(void)
{
    world_open("[subscription \"managed\"]\nid = 22222222-2222-4222-8222-222222222222\n"
               "credential = main\n"
               "[limits]\ncatalogs = 2\nmachines-per-subscription = 10\n",
               &silent);
}

static struct subject subject(const char *kind, const char *name, const char *data)
{
    struct subject made = {.data = json_loads(data, 0, NULL)};
    ck_assert_ptr_nonnull(made.data);
    made.record = (struct record){.kind = kind,
                                  .id = name,
                                  .name = name,
                                  .subscription = "managed",
                                  .region = "eastus",
                                  .status = "Active"};
    return made;
}

static void put(const char *kind, const char *name, const char *data)
{
    struct subject made = subject(kind, name, data);
    ck_assert_int_eq(store->ops->begin(store, &err), 0);
    ck_assert_int_eq(subject_put(store, &made, &err), 0);
    ck_assert_int_eq(store->ops->commit(store, &err), 0);
    subject_clear(&made);
}

/* "" when it is admitted, else why not. */
static const char *admitted(const char *kind, const char *name, const char *action,
                            const char *data)
{
    struct subject made = subject(kind, name, data);
    error_clear(&err);
    ck_assert_int_eq(store->ops->begin(store, &err), 0);
    int result = subject_kind_find(kind)->admit(context, &made, action, &err);
    store->ops->rollback(store);
    subject_clear(&made);
    return result == 0 ? "" : error_text(&err);
}

#define READY "{\"exports\":{\"subnetId\":\"/subnet\"}}"
#define CATALOG(machines, names)                                                                   \
    "{\"connection\":\"corp\",\"users\":4,\"machines\":" machines ",\"desktopType\":\"static\","   \
    "\"internal\":{\"machineNames\":[" names "]}}"

START_TEST(a_catalog_is_admitted_while_all_holds)
{
    put("connection", "corp", READY);
    ck_assert_str_eq(admitted("catalog", "sales", "create", CATALOG("4", "\"PC-01\"")), "");
}
END_TEST

START_TEST(a_connection_that_is_gone_or_going_takes_no_catalog)
{
    ck_assert_ptr_nonnull(
        strstr(admitted("catalog", "sales", "create", CATALOG("4", "\"PC-01\"")), "no connection"));
    put("connection", "corp", "{}");
    ck_assert_ptr_nonnull(strstr(admitted("catalog", "sales", "create", CATALOG("4", "\"PC-01\"")),
                                 "cannot take machines"));
}
END_TEST

START_TEST(limits_count_what_was_recorded_meanwhile)
{
    put("connection", "corp", READY);
    put("catalog", "first", CATALOG("8", "\"PC-01\""));
    ck_assert_ptr_nonnull(
        strstr(admitted("catalog", "sales", "create", CATALOG("4", "\"PC-02\"")), "2 would fit"));
    ck_assert_str_eq(admitted("catalog", "sales", "create", CATALOG("2", "\"PC-02\"")), "");
    put("catalog", "second", CATALOG("1", "\"PC-03\""));
    ck_assert_ptr_nonnull(strstr(admitted("catalog", "sales", "create", CATALOG("1", "\"PC-04\"")),
                                 "limit of catalogs"));
}
END_TEST

START_TEST(a_machine_name_is_given_once)
{
    put("connection", "corp", READY);
    put("catalog", "first", CATALOG("1", "\"PC-01\""));
    ck_assert_ptr_nonnull(
        strstr(admitted("catalog", "sales", "create", CATALOG("2", "\"PC-02\",\"pc-01\"")),
               "taken the machine name pc-01"));
    ck_assert_int_eq(err.code, ERROR_RETRY);
}
END_TEST

START_TEST(a_range_is_given_once)
{
    const char *corp = "{\"internal\":{\"occupies\":[\"10.20.0.0/16\"]}}";
    ck_assert_str_eq(admitted("connection", "corp", "create", corp), "");
    put("connection", "corp", corp);
    ck_assert_str_eq(admitted("connection", "corp", "update", corp), "");
    ck_assert_ptr_nonnull(strstr(admitted("connection", "lab", "create",
                                          "{\"internal\":{\"occupies\":[\"10.20.128.0/17\"]}}"),
                                 "the connection \"corp\""));
    ck_assert_str_eq(
        admitted("connection", "lab", "create", "{\"internal\":{\"occupies\":[\"10.21.0.0/16\"]}}"),
        "");
}
END_TEST

START_TEST(a_connection_in_use_stays)
{
    put("connection", "corp", READY);
    ck_assert_str_eq(admitted("connection", "corp", "delete", READY), "");
    put("catalog", "sales", CATALOG("1", "\"PC-01\""));
    ck_assert_ptr_nonnull(
        strstr(admitted("connection", "corp", "delete", READY), "used by the catalog \"sales\""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command admit");
    TCase *admit = tcase_create("admit");
    tcase_add_checked_fixture(admit, open_world, world_close);
    tcase_add_test(admit, a_catalog_is_admitted_while_all_holds);
    tcase_add_test(admit, a_connection_that_is_gone_or_going_takes_no_catalog);
    tcase_add_test(admit, limits_count_what_was_recorded_meanwhile);
    tcase_add_test(admit, a_machine_name_is_given_once);
    tcase_add_test(admit, a_range_is_given_once);
    tcase_add_test(admit, a_connection_in_use_stays);
    suite_add_tcase(suite, admit);
    return tap_main(suite);
}
