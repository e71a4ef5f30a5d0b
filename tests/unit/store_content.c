/* SPDX-License-Identifier: Apache-2.0 */
/* The store keeps what it is given: the same promises on disk (_i 0) and in memory (_i 1). */
#include "store_fixture.h"
#include "tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct store *store;
static struct error err;

static void tear_down(void)
{
    error_clear(&err);
    store->ops->close(store);
    test_folder_remove();
}

/* What a visitor saw, as "a b c ". */
struct seen {
    char text[512];
    int stop_after; /* 0: never */
};

static bool see(struct seen *seen, const char *name)
{
    size_t length = strlen(seen->text);
    snprintf(seen->text + length, sizeof seen->text - length, "%s ", name);
    return seen->stop_after == 0 || --seen->stop_after > 0;
}

static bool see_record(void *context, const struct record *record)
{
    return see(context, record->name);
}

static bool see_operation(void *context, const struct operation *operation)
{
    return see(context, operation->id);
}

static bool see_step(void *context, const struct journal_step *step)
{
    return see(context, step->key);
}

static bool see_audit(void *context, const struct audit_entry *entry)
{
    return see(context, entry->command);
}

static void expect_records(struct record_filter filter, const char *expected)
{
    struct seen seen = {.text = ""};
    must(store->ops->record_each(store, &filter, see_record, &seen, &err), &err);
    ck_assert_str_eq(seen.text, expected);
}

static void expect_operations(struct operation_filter filter, const char *expected)
{
    struct seen seen = {.text = ""};
    must(store->ops->operation_each(store, &filter, see_operation, &seen, &err), &err);
    ck_assert_str_eq(seen.text, expected);
}

static void expect_steps(struct journal_filter filter, const char *expected)
{
    struct seen seen = {.text = ""};
    must(store->ops->journal_each(store, &filter, see_step, &seen, &err), &err);
    ck_assert_str_eq(seen.text, expected);
}

static void put_record(const char *kind, const char *id, const char *name, const char *subscription)
{
    const struct record record = {.kind = kind,
                                  .id = id,
                                  .name = name,
                                  .subscription = subscription,
                                  .status = "Ready",
                                  .data = "{}"};
    test_put_record(store, &record);
}

static const struct record full_record = {
    .kind = "connection",
    .id = "id-corp",
    .name = "Corp",
    .type = "vnet-peering",
    .subscription = "prod",
    .region = "westeurope",
    .status = "Provisioning",
    .operation = "op-1",
    .data = "{\"addressRange\":\"10.0.0.0/21\"}",
    .created_ms = 1,
    .updated_ms = INT64_MAX,
};

static bool same_record(void *context, const struct record *record)
{
    const struct record *wanted = context;
    ck_assert_str_eq(record->kind, wanted->kind);
    ck_assert_str_eq(record->id, wanted->id);
    ck_assert_str_eq(record->name, wanted->name);
    ck_assert_pstr_eq(record->type, wanted->type);
    ck_assert_pstr_eq(record->subscription, wanted->subscription);
    ck_assert_pstr_eq(record->region, wanted->region);
    ck_assert_pstr_eq(record->status, wanted->status);
    ck_assert_pstr_eq(record->operation, wanted->operation);
    ck_assert_str_eq(record->data, wanted->data);
    ck_assert_int_eq(record->created_ms, wanted->created_ms);
    ck_assert_int_eq(record->updated_ms, wanted->updated_ms);
    return true;
}

static void expect_record(const struct record *wanted)
{
    const struct record_filter filter = {.id = wanted->id};
    char name[600];
    snprintf(name, sizeof name, "%s ", wanted->name);
    must(store->ops->record_each(store, &filter, same_record, (void *)wanted, &err), &err);
    expect_records(filter, name);
}

START_TEST(record_is_kept_whole)
{
    store = test_open(_i);
    test_put_record(store, &full_record);
    if (_i == BACKEND_FILE)
        test_reopen(&store);
    expect_record(&full_record);
    struct record changed = full_record;
    changed.name = "Corp 2";
    changed.type = changed.region = changed.operation = NULL;
    changed.status = "Ready to use";
    test_put_record(store, &changed);
    expect_record(&changed);
}
END_TEST

static const char *const hostile_texts[] = {
    "Robert'); DROP TABLE record;--",
    "\"double\" 'single' `back`",
    "%s%n%d \\ \t\n\x01\x7f",
    "Überraschung 東京 🖥",
    "?1 :name @name $name",
    "\xff\xfe not UTF-8",
    "",
};

START_TEST(hostile_text_is_only_text)
{
    store = test_open(_i);
    for (size_t i = 0; i < sizeof hostile_texts / sizeof hostile_texts[0]; i++) {
        const char *text = hostile_texts[i];
        struct record record = full_record;
        record.name = record.id = record.type = record.status = record.data = text;
        test_put_record(store, &record);
        expect_record(&record);
        test_begin(store);
        must(store->ops->record_delete(store, "connection", text, &err), &err);
        test_commit(store);
        expect_records((struct record_filter){0}, "");
    }
}
END_TEST

START_TEST(a_megabyte_of_json_is_kept)
{
    size_t size = 1 << 20;
    char *json = malloc(size + 1);
    ck_assert_ptr_nonnull(json);
    memset(json, 'x', size);
    memcpy(json, "[\"", 2);
    memcpy(json + size - 2, "\"]", 3);
    store = test_open(_i);
    struct record record = full_record;
    record.data = json;
    test_put_record(store, &record);
    expect_record(&record);
    free(json);
}
END_TEST

START_TEST(names_are_unique_per_kind_without_case)
{
    store = test_open(_i);
    put_record("connection", "id-1", "Corp", NULL);
    put_record("catalog", "id-2", "CORP", NULL);    /* another kind */
    put_record("connection", "id-1", "corp", NULL); /* itself */
    test_begin(store);
    struct record other = full_record;
    other.id = "id-3";
    other.name = "cORP";
    must_fail(store->ops->record_put(store, &other, &err), &err, ERROR_USAGE, "/name",
              "taken by the connection \"corp\" (Ready, id id-1)");
    /* The refusal ends nothing: the caller may go on in the same transaction. */
    other.name = "Branch";
    must(store->ops->record_put(store, &other, &err), &err);
    test_commit(store);
    expect_records((struct record_filter){.kind = "connection"}, "Branch corp ");
    expect_records((struct record_filter){.kind = "connection", .name = "BRANCH"}, "Branch ");
}
END_TEST

START_TEST(records_are_found_by_each_filter)
{
    store = test_open(_i);
    put_record("connection", "id-b", "b", "prod");
    put_record("connection", "id-a", "A", "test");
    put_record("catalog", "id-c", "c", "prod");
    static const struct {
        struct record_filter filter;
        const char *expected;
    } cases[] = {
        {{0}, "c A b "},
        {{.kind = "connection"}, "A b "},
        {{.name = "a"}, "A "},
        {{.id = "id-c"}, "c "},
        {{.subscription = "prod"}, "c b "},
        {{.kind = "connection", .subscription = "prod"}, "b "},
        {{.kind = "image"}, ""},
        {{.kind = "catalog", .id = "id-a"}, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_records(cases[i].filter, cases[i].expected);
    struct seen seen = {.stop_after = 2};
    const struct record_filter all = {0};
    must(store->ops->record_each(store, &all, see_record, &seen, &err), &err);
    ck_assert_str_eq(seen.text, "c A ");
}
END_TEST

static bool visit_again(void *context, const struct record *record)
{
    expect_records((struct record_filter){.kind = "connection"}, "a b ");
    must_fail(store->ops->begin(store, &err), &err, ERROR_FAILED, NULL, "visitor");
    return see_record(context, record);
}

START_TEST(a_visitor_may_ask_the_store)
{
    store = test_open(_i);
    put_record("connection", "id-a", "a", NULL);
    put_record("connection", "id-b", "b", NULL);
    struct seen seen = {.text = ""};
    const struct record_filter filter = {.kind = "connection"};
    must(store->ops->record_each(store, &filter, visit_again, &seen, &err), &err);
    ck_assert_str_eq(seen.text, "a b ");
}
END_TEST

static bool same_operation(void *context, const struct operation *operation)
{
    const struct operation *wanted = context;
    ck_assert_str_eq(operation->id, wanted->id);
    ck_assert_str_eq(operation->subject_kind, wanted->subject_kind);
    ck_assert_str_eq(operation->subject_id, wanted->subject_id);
    ck_assert_pstr_eq(operation->subject_name, wanted->subject_name);
    ck_assert_str_eq(operation->action, wanted->action);
    ck_assert_pstr_eq(operation->request, wanted->request);
    ck_assert_str_eq(operation->status, wanted->status);
    ck_assert_pstr_eq(operation->error, wanted->error);
    ck_assert_pstr_eq(operation->principal, wanted->principal);
    ck_assert_pstr_eq(operation->counts, wanted->counts);
    ck_assert_int_eq(operation->started_ms, wanted->started_ms);
    ck_assert_int_eq(operation->finished_ms, wanted->finished_ms);
    ck_assert_int_eq(operation->steps_total, wanted->steps_total);
    ck_assert_int_eq(operation->steps_done, wanted->steps_done);
    ck_assert(operation->cancel_requested == wanted->cancel_requested);
    return true;
}

static void put_operation(const struct operation *operation)
{
    test_begin(store);
    must(store->ops->operation_put(store, operation, &err), &err);
    test_commit(store);
}

START_TEST(operation_is_kept_whole)
{
    store = test_open(_i);
    struct operation operation = {
        .id = "0192f000-0000-7000-8000-000000000001",
        .subject_kind = "catalog",
        .subject_id = "id-1",
        .subject_name = "Desks",
        .action = "create",
        .request = "{\"users\":10}",
        .status = "Running",
        .principal = "ada",
        .started_ms = 5,
        .steps_total = 12,
    };
    const struct operation_filter filter = {.id = operation.id};
    put_operation(&operation);
    must(store->ops->operation_each(store, &filter, same_operation, &operation, &err), &err);
    operation.status = "Failed";
    operation.error = "{\"message\":\"no\"}";
    operation.counts = "{\"write\":3}";
    operation.finished_ms = 9;
    operation.steps_done = 7;
    put_operation(&operation);
    must(store->ops->operation_each(store, &filter, same_operation, &operation, &err), &err);
    expect_operations(filter, "0192f000-0000-7000-8000-000000000001 ");
}
END_TEST

START_TEST(operations_are_found_newest_first_and_by_prefix)
{
    store = test_open(_i);
    static const char *const ids[] = {"01920000-a", "01920000-b", "01930000-c"};
    for (int i = 0; i < 3; i++)
        put_operation(&(struct operation){.id = ids[i],
                                          .subject_kind = "catalog",
                                          .subject_id = i == 1 ? "other" : "one",
                                          .action = "create",
                                          .status = i == 2 ? "Running" : "Succeeded",
                                          .started_ms = i});
    static const struct {
        struct operation_filter filter;
        const char *expected;
    } cases[] = {
        {{0}, "01930000-c 01920000-b 01920000-a "},
        {{.limit = 2}, "01930000-c 01920000-b "},
        {{.id = "01920000-b"}, "01920000-b "},
        {{.id = "01920000"}, "01920000-b 01920000-a "},
        {{.id = "0192000"}, ""}, /* seven characters name too many */
        {{.id = "01920000%"}, ""},
        {{.subject_id = "one"}, "01930000-c 01920000-a "},
        {{.subject_id = "one", .status = "Succeeded"}, "01920000-a "},
        {{.status = "Running", .limit = 5}, "01930000-c "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_operations(cases[i].filter, cases[i].expected);
}
END_TEST

static bool cancel_requested(const char *id)
{
    bool requested = true;
    must(store->ops->operation_cancel_requested(store, id, &requested, &err), &err);
    return requested;
}

START_TEST(a_request_to_cancel_outlasts_what_the_runner_writes)
{
    store = test_open(_i);
    struct operation operation = {.id = "op",
                                  .subject_kind = "catalog",
                                  .subject_id = "one",
                                  .action = "create",
                                  .status = "Running"};
    put_operation(&operation);
    ck_assert(!cancel_requested("op"));
    must(store->ops->operation_request_cancel(store, "op", &err), &err);
    ck_assert(cancel_requested("op"));
    operation.steps_done = 3; /* the runner has not looked yet */
    put_operation(&operation);
    ck_assert(cancel_requested("op"));
    operation.status = "Cancelled";
    operation.finished_ms = 7;
    put_operation(&operation);
    operation.status = "Running"; /* taken up again */
    operation.finished_ms = 0;
    put_operation(&operation);
    ck_assert(!cancel_requested("op"));
    must(store->ops->operation_request_cancel(store, "unknown", &err), &err);
    ck_assert(!cancel_requested("unknown"));
}
END_TEST

static bool same_step(void *context, const struct journal_step *step)
{
    const struct journal_step *wanted = context;
    ck_assert_str_eq(step->subject_id, wanted->subject_id);
    ck_assert_str_eq(step->key, wanted->key);
    ck_assert_str_eq(step->state, wanted->state);
    ck_assert_pstr_eq(step->digest, wanted->digest);
    ck_assert_pstr_eq(step->method, wanted->method);
    ck_assert_pstr_eq(step->path, wanted->path);
    ck_assert_pstr_eq(step->api_version, wanted->api_version);
    ck_assert_pstr_eq(step->credential, wanted->credential);
    ck_assert_pstr_eq(step->undo, wanted->undo);
    ck_assert_pstr_eq(step->after, wanted->after);
    ck_assert_pstr_eq(step->outputs, wanted->outputs);
    ck_assert_pstr_eq(step->poll, wanted->poll);
    ck_assert_pstr_eq(step->error, wanted->error);
    ck_assert_pstr_eq(step->title, wanted->title);
    ck_assert_pstr_eq(step->part, wanted->part);
    ck_assert_pstr_eq(step->operation, wanted->operation);
    const int64_t numbers[] = {step->sequence,    step->ownership, step->flags,
                               step->alternative, step->attempts,  step->updated_ms};
    const int64_t expected[] = {wanted->sequence,    wanted->ownership, wanted->flags,
                                wanted->alternative, wanted->attempts,  wanted->updated_ms};
    ck_assert_mem_eq(numbers, expected, sizeof numbers);
    return true;
}

static void put_step(const struct journal_step *step)
{
    test_begin(store);
    must(store->ops->journal_put(store, step, &err), &err);
    test_commit(store);
}

START_TEST(step_is_kept_whole)
{
    store = test_open(_i);
    const struct journal_step full = {"one",  "vnet", 7,    "done", "d1",  "PUT", "/p", "2024",
                                      "side", "{}",   "[]", "{1}",  "{2}", "{3}", "T",  "part",
                                      "op",   1,      2,    3,      4,     5};
    const struct journal_step bare = {.subject_id = "one", .key = "vnet", .state = "intended"};
    const struct journal_filter filter = {.subject_id = "one"};
    put_step(&full);
    must(store->ops->journal_each(store, &filter, same_step, (void *)&full, &err), &err);
    put_step(&bare);
    must(store->ops->journal_each(store, &filter, same_step, (void *)&bare, &err), &err);
    expect_steps(filter, "vnet ");
}
END_TEST

START_TEST(steps_come_in_the_order_of_their_plan)
{
    store = test_open(_i);
    static const struct journal_step steps[] = {
        {.subject_id = "two", .key = "machine/1", .sequence = 1, .state = "done"},
        {.subject_id = "one", .key = "machine/2", .sequence = 3, .state = "done"},
        {.subject_id = "one", .key = "vnet", .sequence = 1, .state = "done"},
        {.subject_id = "one", .key = "machine/1", .sequence = 2, .state = "done"},
        {.subject_id = "one", .key = "machine0", .sequence = 4, .state = "done"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        put_step(&steps[i]);
    static const struct {
        struct journal_filter filter;
        const char *expected;
    } cases[] = {
        {{.subject_id = "one"}, "vnet machine/1 machine/2 machine0 "},
        {{.key_prefix = "machine/"}, "machine/1 machine/2 machine/1 "},
        {{.subject_id = "one", .key_prefix = "machine/"}, "machine/1 machine/2 "},
        {{.key_prefix = "%"}, ""},
        {{.key_prefix = ""}, "vnet machine/1 machine/2 machine0 machine/1 "},
        {{0}, "vnet machine/1 machine/2 machine0 machine/1 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_steps(cases[i].filter, cases[i].expected);
    test_begin(store);
    must(store->ops->journal_delete(store, "one", "machine/1", &err), &err);
    must(store->ops->journal_delete(store, "one", "not there", &err), &err);
    test_commit(store);
    expect_steps(cases[0].filter, "vnet machine/2 machine0 ");
}
END_TEST

START_TEST(audit_is_kept_newest_first)
{
    store = test_open(_i);
    static const char *const commands[] = {"one", "two", "three"};
    for (int i = 0; i < 3; i++)
        must(store->ops->audit_append(
                 store,
                 &(struct audit_entry){
                     .at_ms = i, .principal = "ada", .command = commands[i], .result = "done"},
                 &err),
             &err);
    struct seen all = {.text = ""};
    struct seen some = {.text = ""};
    must(store->ops->audit_each(store, 0, see_audit, &all, &err), &err);
    must(store->ops->audit_each(store, 2, see_audit, &some, &err), &err);
    ck_assert_str_eq(all.text, "three two one ");
    ck_assert_str_eq(some.text, "three two ");
}
END_TEST

START_TEST(a_transaction_is_all_or_nothing)
{
    store = test_open(_i);
    must_fail(store->ops->record_put(store, &full_record, &err), &err, ERROR_FAILED, NULL,
              "needs a transaction");
    must_fail(store->ops->commit(store, &err), &err, ERROR_FAILED, NULL, "needs a transaction");
    test_begin(store);
    must_fail(store->ops->begin(store, &err), &err, ERROR_FAILED, NULL, "already open");
    must(store->ops->record_put(store, &full_record, &err), &err);
    expect_records((struct record_filter){0}, "Corp ");
    store->ops->rollback(store);
    expect_records((struct record_filter){0}, "");
    store->ops->rollback(store); /* none open: nothing happens */
    test_put_record(store, &full_record);
    expect_records((struct record_filter){0}, "Corp ");
}
END_TEST

START_TEST(each_installation_has_a_name_of_its_own)
{
    store = test_open(_i);
    char name[24];
    snprintf(name, sizeof name, "%s", store->ops->installation(store));
    ck_assert_uint_eq(strlen(name), 6);
    ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"), 6);
    if (_i == BACKEND_FILE)
        test_reopen(&store);
    ck_assert_str_eq(store->ops->installation(store), name);
    struct store *other = test_open(BACKEND_MEMORY);
    ck_assert_str_ne(other->ops->installation(other), name);
    other->ops->close(other);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        record_is_kept_whole,
        hostile_text_is_only_text,
        a_megabyte_of_json_is_kept,
        names_are_unique_per_kind_without_case,
        records_are_found_by_each_filter,
        a_visitor_may_ask_the_store,
        operation_is_kept_whole,
        operations_are_found_newest_first_and_by_prefix,
        a_request_to_cancel_outlasts_what_the_runner_writes,
        step_is_kept_whole,
        steps_come_in_the_order_of_their_plan,
        audit_is_kept_newest_first,
        a_transaction_is_all_or_nothing,
        each_installation_has_a_name_of_its_own,
    };
    Suite *suite = suite_create("store");
    TCase *both = tcase_create("file and memory");
    tcase_add_checked_fixture(both, test_folder_make, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(both, tests[i], 0, BACKENDS);
    suite_add_tcase(suite, both);
    return tap_main(suite);
}
