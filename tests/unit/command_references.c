/* SPDX-License-Identifier: Apache-2.0 */
/* What names other subjects: who uses what, what is offered, and numbers that nobody else has. */
#include "command/change.h"
#include "command/numbering.h"
#include "command/references.h"

#include <stdio.h>
#include <string.h>

#include "command_world.h"
#include "tap_main.h" /* last: Check has a macro called fail */

static const struct face silent = {0};

static void open_world(void)
{
    world_open("", &silent);
}

static void put(const char *kind, const char *name, const char *status, const char *data)
{
    struct subject made = {.data = json_loads(data, 0, NULL)};
    ck_assert_ptr_nonnull(made.data);
    made.record = (struct record){.kind = kind,
                                  .id = name,
                                  .name = name,
                                  .type = "test",
                                  .subscription = "managed",
                                  .region = "eastus",
                                  .status = status};
    ck_assert_int_eq(store->ops->begin(store, &err), 0);
    ck_assert_int_eq(subject_put(store, &made, &err), 0);
    ck_assert_int_eq(store->ops->commit(store, &err), 0);
    subject_clear(&made);
}

/* ---- users and numbers ----------------------------------------------------------------------- */

START_TEST(users_are_found_alone_and_in_lists)
{
    static const struct {
        const char *value, *users;
    } rows[] = {{"base", "[\"alone\",\"listed\",\"shouted\"]"},
                {"tools", "[\"listed\"]"},
                {"bas", "[]"},
                {"nothing", "[]"}};
    put("image", "alone", "Ready", "{\"image\":\"base\"}");
    put("image", "listed", "Ready", "{\"image\":[\"tools\",\"base\"]}");
    put("image", "none", "Ready", "{\"fields\":{\"image\":\"base\"}}");
    put("image", "odd", "Ready", "{\"image\":{\"base\":true}}");
    put("image", "shouted", "Ready", "{\"image\":\"BASE\"}");
    put("catalog", "other", "Active", "{\"image\":\"base\"}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *names = json_array(), *wanted = json_loads(rows[i].users, 0, NULL);
        ck_assert_int_eq(subject_users(store, "image", "image", rows[i].value, names, &err), 0);
        char *text = json_dumps(names, 0);
        ck_assert_msg(json_equal(names, wanted), "%s: %s", rows[i].value, text);
        free(text);
        json_decref(names);
        json_decref(wanted);
    }
}
END_TEST

START_TEST(numbers_fill_gaps_and_are_had_once)
{
    ck_assert_int_eq(numbering_next(store, "image", &err), 1);
    put("image", "one", "Ready", "{\"internal\":{\"number\":1}}");
    put("image", "two", "Ready", "{\"internal\":{\"number\":2}}");
    put("image", "four", "Ready", "{\"internal\":{\"number\":4}}");
    put("image", "old", "Ready", "{}"); /* made before there were numbers */
    put("catalog", "three", "Active", "{\"internal\":{\"number\":3}}");
    ck_assert_int_eq(numbering_next(store, "image", &err), 3);
    struct record own = {.kind = "image", .id = "one"}, fresh = {.kind = "image", .id = "fresh"};
    ck_assert_int_eq(numbering_admit(store, &own, 1, &err), 0);
    ck_assert_int_eq(numbering_admit(store, &fresh, 3, &err), 0);
    ck_assert_int_eq(numbering_admit(store, &fresh, 0, &err), 0);
    ck_assert_int_eq(numbering_admit(store, &fresh, 4, &err), -1);
    ck_assert_int_eq(err.code, ERROR_RETRY);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "give the command again"));
}
END_TEST

/* ---- references ------------------------------------------------------------------------------ */

static const struct fh_field fields[] = {
    {.name = "base-image", .type = "image"},
    {.name = "tools", .type = "image"},
    {.name = "connection", .type = "connection"},
    {.name = "notes", .type = "string"},
};

static struct plugin plugin(void)
{
    struct plugin made = {.kind = "image", .name = "test"};
    made.entry.fields = fields;
    made.entry.field_count = sizeof fields / sizeof *fields;
    return made;
}

static void put_all(void)
{
    put("image", "base", "Ready",
        "{\"fields\":{\"replica-region\":[\"westeurope\"]},"
        "\"exports\":{\"image\":{\"reference\":{\"id\":\"/x\"},\"os\":\"Linux\"}}}");
    put("image", "unfit", "ErrorMasterImageVerificationFailed", "{}");
    put("connection", "lan", "Complete",
        "{\"fields\":{\"a\":1},\"exports\":{\"subnetId\":\"/s\"},\"internal\":{}}");
    put("connection", "begun", "Creating", "{\"internal\":{}}");
}

static const struct {
    const char *fields, *subscription, *region;
    const char *says; /* what is refused, and in `field`; NULL: `references` come out */
    const char *field, *references;
} rows[] = {
    {"{\"notes\":\"base\"}", "managed", "eastus", NULL, NULL, "null"},
    {"{\"base-image\":\"base\"}", "managed", "eastus", NULL, NULL,
     "{\"base-image\":{\"kind\":\"image\",\"name\":\"base\",\"os\":\"Linux\","
     "\"reference\":{\"id\":\"/x\"}}}"},
    {"{\"base-image\":\"BASE\"}", "managed", "westeurope", NULL, NULL,
     "{\"base-image\":{\"kind\":\"image\",\"name\":\"base\",\"os\":\"Linux\","
     "\"reference\":{\"id\":\"/x\"}}}"},
    {"{\"connection\":\"lan\"}", "managed", "eastus", NULL, NULL,
     "{\"connection\":{\"fields\":{\"a\":1},\"kind\":\"connection\",\"name\":\"lan\","
     "\"region\":\"eastus\",\"subnetId\":\"/s\",\"type\":\"test\"}}"},
    {"{\"base-image\":\"base\"}", "managed", "westus3", "--replica-region westus3", "--base-image",
     NULL},
    {"{\"base-image\":\"base\"}", "second", "eastus", "belongs to the subscription \"managed\"",
     "--base-image", NULL},
    {"{\"tools\":\"unfit\"}", "managed", "eastus", "image show unfit", "--tools", NULL},
    {"{\"tools\":\"nowhere\"}", "managed", "eastus", "no image called \"nowhere\"", "--tools",
     NULL},
    {"{\"connection\":\"lan\"}", "managed", "westus3", "is in eastus, and this is in westus3",
     "--connection", NULL},
    {"{\"connection\":\"lan\"}", "second", "eastus", "name one of \"second\"", "--connection",
     NULL},
    {"{\"connection\":\"begun\"}", "managed", "eastus", "begun", "--connection", NULL},
    {"{\"connection\":\"nowhere\"}", "managed", "eastus", "no connection called \"nowhere\"",
     "--connection", NULL},
};

START_TEST(what_is_named_is_offered_or_refused)
{
    struct plugin test = plugin();
    put_all();
    json_t *request =
        json_pack("{s:o, s:{s:s}, s:s}", "fields", json_loads(rows[_i].fields, 0, NULL),
                  "subscription", "name", rows[_i].subscription, "region", rows[_i].region);
    int result = references_add(context, &test, request, NULL, &err);
    if (rows[_i].says) {
        ck_assert_int_eq(result, -1);
        ck_assert_msg(strstr(error_text(&err), rows[_i].says) != NULL, "%s", error_text(&err));
        ck_assert_str_eq(err.field, rows[_i].field);
    } else {
        ck_assert_msg(result == 0, "%s", error_text(&err));
        json_t *wanted = json_loads(rows[_i].references, JSON_DECODE_ANY, NULL);
        const json_t *got = json_object_get(request, "references");
        char *text = json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY);
        ck_assert_msg(got ? json_equal(wanted, got) : json_is_null(wanted), "%s", text);
        free(text);
        json_decref(wanted);
    }
    json_decref(request);
}
END_TEST

/* What an earlier request was told is kept, though what is named has changed or is gone. */
START_TEST(what_is_known_stays)
{
    struct plugin test = plugin();
    json_t *known = json_pack("{s:{s:s, s:s}}", "connection", "name", "lan", "subnetId", "/old");
    json_t *request = json_pack("{s:{s:s}, s:{s:s}, s:s}", "fields", "connection", "LAN",
                                "subscription", "name", "managed", "region", "eastus");
    ck_assert_int_eq(references_add(context, &test, request, known, &err), 0);
    ck_assert(json_equal(json_object_get(request, "references"), known));
    json_decref(request);
    json_decref(known);
}
END_TEST

START_TEST(what_is_used_is_noted)
{
    static const struct {
        const char *fields, *data;
    } notes[] = {
        {"{}", "{\"other\":1}"},
        {"{\"connection\":\"lan\",\"notes\":\"x\"}", "{\"other\":1,\"connection\":\"lan\"}"},
        {"{\"base-image\":\"a\",\"tools\":\"b\"}", "{\"other\":1,\"image\":[\"a\",\"b\"]}"},
        {"{\"tools\":\"b\"}", "{\"other\":1,\"image\":\"b\"}"},
    };
    struct plugin test = plugin();
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        json_t *given = json_loads(notes[i].fields, 0, NULL);
        json_t *wanted = json_loads(notes[i].data, 0, NULL);
        json_t *data =
            json_pack("{s:i, s:s, s:[s]}", "other", 1, "connection", "old", "image", "x");
        references_note(&test, given, data);
        ck_assert_msg(json_equal(data, wanted), "%s", notes[i].fields);
        json_decref(data);
        json_decref(wanted);
        json_decref(given);
    }
}
END_TEST

START_TEST(what_is_gone_meanwhile_is_refused)
{
    static const struct {
        const char *data, *says; /* NULL: it is fine */
    } uses[] = {{"{\"connection\":\"lan\",\"image\":[\"base\"]}", NULL},
                {"{\"image\":[\"base\",\"gone\"]}", "the image \"gone\" has just been deleted"},
                {"{\"image\":\"unfit\"}", "is not ready"},
                {"{\"connection\":\"gone\"}", "the connection \"gone\" has just been deleted"}};
    put_all();
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        struct subject subject = {.data = json_loads(uses[i].data, 0, NULL)};
        int result = references_admit(context, &subject, true, &err);
        ck_assert_int_eq(result, uses[i].says ? -1 : 0);
        ck_assert_msg(!uses[i].says || strstr(error_text(&err), uses[i].says) != NULL, "%s",
                      error_text(&err));
        error_clear(&err);
        json_decref(subject.data);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("references");
    TCase *tests = tcase_create("references");
    tcase_add_checked_fixture(tests, open_world, world_close);
    tcase_add_test(tests, users_are_found_alone_and_in_lists);
    tcase_add_test(tests, numbers_fill_gaps_and_are_had_once);
    tcase_add_loop_test(tests, what_is_named_is_offered_or_refused, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, what_is_known_stays);
    tcase_add_test(tests, what_is_used_is_noted);
    tcase_add_test(tests, what_is_gone_meanwhile_is_refused);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}
