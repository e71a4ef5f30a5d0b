/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as the store has them: whose rotation is due, and who uses them. */
#include "command/change.h"
#include "command/key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap_main.h" /* last: Check has a macro called fail */

static char folder[64];
static char config[96];
static char warnings[1024];
static struct context *context;
static struct store *store;
static struct error err;

static void hear(void *heard, const char *message)
{
    size_t length = strlen(warnings);
    snprintf(warnings + length, sizeof warnings - length, "%s\n", message);
}

static const struct face listening = {.warning = hear};

static void open_world(void)
{
    snprintf(folder, sizeof folder, "/tmp/flexhost-key.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(config, sizeof config, "%s/flexhost.ini", folder);
    FILE *file = fopen(config, "w");
    ck_assert_ptr_nonnull(file);
    fputs("[host]\nstate-folder = state\n"
          "[credential \"main\"]\ntype = managed-identity\n"
          "[subscription \"managed\"]\nid = 22222222-2222-4222-8222-222222222222\n"
          "credential = main\n",
          file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(config, 0600), 0);
    err = (struct error)ERROR_INIT;
    *warnings = '\0';
    context = context_new(config, &listening, NULL);
    store = context_store(context, &err);
    ck_assert_msg(store != NULL, "%s", error_text(&err));
}

static void close_world(void)
{
    static const char *const files[] = {"state/flexhost.db", "state/secret.key", "state",
                                        "flexhost.ini", ""};
    context_free(context);
    error_clear(&err);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        remove(path);
    }
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

int main(void)
{
    Suite *suite = suite_create("command key");
    TCase *tcase = tcase_create("key");
    tcase_add_checked_fixture(tcase, open_world, close_world);
    tcase_add_test(tcase, a_key_that_is_due_is_warned_of);
    tcase_add_test(tcase, a_list_warns_of_its_own_keys_once);
    tcase_add_loop_test(tcase, a_key_in_use_stays, 0, sizeof users / sizeof *users);
    suite_add_tcase(suite, tcase);
    return tap_main(suite);
}
