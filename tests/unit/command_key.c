/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as the store has them: whose rotation is due, and who uses them. */
#include "command/change.h"
#include "command/key.h"
#include "plan/plan.h"

#include <stdio.h>
#include <string.h>

#include "command_world.h"
#include "tap_main.h" /* last: Check has a macro called fail */

static char warnings[1024];

static void hear(void *heard, const char *message)
{
    size_t length = strlen(warnings);
    snprintf(warnings + length, sizeof warnings - length, "%s\n", message);
}

static const struct face listening = {.warning = hear};

static void open_world(void)
{
    *warnings = '\0';
    world_open("[subscription \"managed\"]\nid = 22222222-2222-4222-8222-222222222222\n"
               "credential = main\n",
               &listening);
}

static void put(const char *kind, const char *name, const char *data)
{
    struct subject made = {.data = json_loads(data, 0, NULL)};
    ck_assert_ptr_nonnull(made.data);
    made.record = (struct record){.kind = kind,
                                  .id = name,
                                  .name = name,
                                  .subscription = "managed",
                                  .region = "eastus",
                                  .status = "Ready"};
    ck_assert_int_eq(store->ops->begin(store, &err), 0);
    ck_assert_int_eq(subject_put(store, &made, &err), 0);
    ck_assert_int_eq(store->ops->commit(store, &err), 0);
    subject_clear(&made);
}

#define PAST   "{\"rotateAtMs\": 1700000000000}"
#define FUTURE "{\"rotateAtMs\": 4000000000000}"

START_TEST(a_key_that_is_due_is_warned_of)
{
    put("key", "finance", PAST);
    put("key", "later", FUTURE);
    put("key", "never", "{}");
    ck_assert_int_eq(key_warn_due(context, NULL, &err), 0);
    ck_assert_ptr_nonnull(strstr(warnings, "the key \"finance\": rotation was due on 2023-11-14: "
                                           "flexhost key rotate finance"));
    ck_assert_ptr_null(strstr(warnings, "later"));
    ck_assert_ptr_null(strstr(warnings, "never"));
}
END_TEST

START_TEST(a_list_warns_of_its_own_keys_once)
{
    put("key", "finance", PAST);
    put("key", "other", PAST);
    json_t *names = json_pack("[s, s, s, n]", "Finance", "finance", "nobody");
    ck_assert_int_eq(key_warn_due(context, names, &err), 0);
    ck_assert_ptr_nonnull(strstr(warnings, "finance"));
    ck_assert_ptr_null(strstr(warnings, "other"));
    ck_assert_ptr_eq(strchr(warnings, '\n'), warnings + strlen(warnings) - 1);
    json_array_clear(names);
    *warnings = '\0';
    ck_assert_int_eq(key_warn_due(context, names, &err), 0);
    ck_assert_str_eq(warnings, "");
    json_decref(names);
}
END_TEST

/* kind, its data, what the refusal says; NULL: it may go. */
static const struct {
    const char *kind;
    const char *data;
    const char *says;
} users[] = {
    {"image", "{}", NULL},
    {"image", "{\"key\": \"other\"}", NULL},
    {"image", "{\"key\": \"Finance\"}", "used by the image \"user\": delete it first"},
    {"image", "{\"fields\": {\"key\": \"finance\"}}", "used by the image \"user\""},
    {"catalog", "{\"key\": \"finance\"}", "used by the catalog \"user\""},
    {"connection", "{\"key\": \"finance\"}", NULL},
};

START_TEST(a_key_in_use_stays)
{
    put("key", "finance", "{}");
    put(users[_i].kind, "user", users[_i].data);
    struct subject key;
    ck_assert_int_eq(subject_load(store, "key", "finance", &key, &err), 0);
    const struct subject_kind *kind = subject_kind_find("key");
    ck_assert_int_eq(kind->admit(context, &key, "update", &err), 0);
    ck_assert_int_eq(kind->admit(context, &key, "delete", &err), users[_i].says ? -1 : 0);
    if (users[_i].says)
        ck_assert_msg(strstr(error_text(&err), users[_i].says), "%s", error_text(&err));
    subject_clear(&key);
}
END_TEST

/* operation, source, vault's state, policy or "". */
#define REQUEST                                                                                    \
    "{\"operation\": \"%s\", \"kind\": \"key\", \"id\": \"id\", \"name\": \"finance\", "           \
    "\"installation\": \"abc\", \"subscription\": {\"id\": \"s\", \"credential\": \"main\"}, "     \
    "\"region\": \"eastus\", \"resourceGroup\": \"g\", \"transactionId\": \"t1\", "                \
    "\"tags\": {\"flexhost-subject\": \"id\"}, \"key\": {\"vault\": {\"name\": \"v\", "            \
    "\"state\": \"%s\"}, \"name\": \"fh-t1\", \"set\": \"set\", \"role\": \"role\", "              \
    "\"roleCredential\": \"security\", \"tenant\": \"t\", \"version\": {\"operation\": \"t1\", "   \
    "\"source\": \"%s\", \"bits\": 2048, \"n\": \"N\", \"e\": \"AQAB\"}%s}}"
#define POLICY                                                                                     \
    ", \"policy\": {\"enabled\": true, \"rotationType\": \"TimeBeforeExpiry\", "                   \
    "\"rotationTime\": \"P1M\", \"expiryTime\": \"P2Y\"}"

static const struct {
    const char *operation, *state, *source, *policy;
    const char *steps;  /* keys in order, with their methods */
    const char *status; /* of the key when it fails; NULL: the kind's own */
} plans[] = {
    {"create", "absent", "Import", POLICY,
     "PUT resource-group, PUT vault, PUT key, PUT rotation-policy, PUT encryption-set, PUT role",
     NULL},
    {"create", "deleted", "Generate", "",
     "PUT resource-group, PUT vault, POST key, PUT encryption-set, PUT role", NULL},
    {"create", "there", "Generate", "", "GET vault, POST key, PUT encryption-set, PUT role", NULL},
    {"update", "there", "Import", "", "GET vault, PUT key, PUT encryption-set, PUT role",
     "UpdateFailed"},
};

static struct plan *make_plan(int row)
{
    char text[2048];
    snprintf(text, sizeof text, REQUEST, plans[row].operation, plans[row].state, plans[row].source,
             plans[row].policy);
    json_t *request = json_loads(text, 0, NULL);
    struct plan *plan = NULL;
    ck_assert_ptr_nonnull(request);
    ck_assert_msg(key_plan(context, request, &plan, &err) == 0, "%s", error_text(&err));
    json_decref(request);
    return plan;
}

static json_t *step_of(const json_t *shown, const char *key)
{
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(shown, "steps"), i, step)
    {
        if (strcmp(json_string_value(json_object_get(step, "key")), key) == 0)
            return step;
    }
    return NULL;
}

static const char *member(const json_t *step, const char *name)
{
    return json_string_value(json_object_get(step, name));
}

START_TEST(a_plan_has_its_steps)
{
    struct plan *plan = make_plan(_i), *again = make_plan(_i);
    json_t *shown = plan_to_json(plan), *same = plan_to_json(again);
    char steps[256] = "";
    size_t i;
    json_t *step;
    ck_assert_int_eq(json_equal(shown, same), 1);
    json_array_foreach(json_object_get(shown, "steps"), i, step)
    {
        size_t length = strlen(steps);
        snprintf(steps + length, sizeof steps - length, "%s%s %s", i ? ", " : "",
                 member(step, "method"), member(step, "key"));
    }
    ck_assert_str_eq(steps, plans[_i].steps);
    json_decref(shown);
    json_decref(same);
    plan_free(plan);
    plan_free(again);
}
END_TEST

/* However a version comes, the key is one, and what is shared stays. */
START_TEST(a_plan_removes_the_key_and_nothing_that_is_shared)
{
    struct plan *plan = make_plan(_i);
    json_t *shown = plan_to_json(plan);
    json_t *key = step_of(shown, "key");
    ck_assert_str_eq(member(key, "service"), "key-vault");
    ck_assert_str_eq(member(key, "undoMethod"), "DELETE");
    ck_assert_str_eq(member(key, "undoPath"), "${vault.uri}keys/fh-t1");
    ck_assert_str_eq(member(step_of(shown, "vault"), "ownership"), "foreign");
    ck_assert_str_eq(member(step_of(shown, "role"), "credential"), "security");
    const char *status = member(key, "failedStatus");
    ck_assert_str_eq(status ? status : "", plans[_i].status ? plans[_i].status : "");
    json_decref(shown);
    plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command key");
    TCase *tcase = tcase_create("key");
    tcase_add_checked_fixture(tcase, open_world, world_close);
    tcase_add_test(tcase, a_key_that_is_due_is_warned_of);
    tcase_add_test(tcase, a_list_warns_of_its_own_keys_once);
    tcase_add_loop_test(tcase, a_key_in_use_stays, 0, sizeof users / sizeof *users);
    tcase_add_loop_test(tcase, a_plan_has_its_steps, 0, sizeof plans / sizeof *plans);
    tcase_add_loop_test(tcase, a_plan_removes_the_key_and_nothing_that_is_shared, 0,
                        sizeof plans / sizeof *plans);
    suite_add_tcase(suite, tcase);
    return tap_main(suite);
}
