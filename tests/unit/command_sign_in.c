/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a person's sign-in when several processes renew it, or one forgets it. */
#include "command/sign_in.h"
#include "command/sign_in_store.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap_main.h" /* last: Check has a macro called fail */

#define CLIENT "44444444-4444-4444-8444-444444444444"

static char folder[64];
static char config[96];
static char shown[512];
static bool there;
static struct error err;

static void instruct(void *data, const char *message)
{
    snprintf(shown, sizeof shown, "%s", message);
}

static bool attended(void *data)
{
    return there;
}

static const struct face face = {.instruct = instruct, .attended = attended};
static const struct face silent = {0};

/* One process. */
struct process {
    struct context *context;
    struct sign_ins *sign_ins;
    struct arm_credential credential;
};

static void begin(struct process *process, const struct face *how)
{
    process->context = context_new(config, how, NULL);
    const struct config *loaded = context_config(process->context, &err);
    ck_assert_msg(loaded && context_store(process->context, &err), "%s", error_text(&err));
    process->sign_ins = sign_ins_new(process->context, loaded);
    process->credential = (struct arm_credential){.name = loaded->credentials[0].name};
    sign_in_fill(process->sign_ins, 0, &process->credential);
}

static void end(struct process *process)
{
    sign_ins_free(process->sign_ins);
    context_free(process->context);
}

static void write_config(const char *client_id)
{
    FILE *file = fopen(config, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "[host]\nstate-folder = state\n"
            "[credential \"Admin\"]\ntype = device-code\ntenant = contoso.example\n"
            "client-id = %s\n",
            client_id);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(config, 0600), 0);
}

static void open_world(void)
{
    snprintf(folder, sizeof folder, "/tmp/flexhost-sign-in.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(config, sizeof config, "%s/flexhost.ini", folder);
    write_config(CLIENT);
    err = (struct error)ERROR_INIT;
    there = false;
    *shown = '\0';
}

static void close_world(void)
{
    static const char *const files[] = {"state/flexhost.db",
                                        "state/flexhost.db-wal",
                                        "state/flexhost.db-shm",
                                        "state/secret.key",
                                        "state",
                                        "flexhost.ini",
                                        ""};
    error_clear(&err);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        remove(path);
    }
}

static void keep(struct process *process, const char *token, bool renewed)
{
    struct arm_grant grant = {.refresh_token = token, .user = "alice", .renewed = renewed};
    int result = process->credential.person->keep(process->credential.context, &grant, &err);
    ck_assert_msg(result == 0, "%s", error_text(&err));
}

/* What fetch gives; "" for nothing. */
static void fetches(struct process *process, const char *wanted)
{
    char *value = NULL;
    size_t length = 0;
    int result = process->credential.fetch(process->credential.context, &value, &length, &err);
    ck_assert_msg(result == 0, "%s", error_text(&err));
    ck_assert_str_eq(value ? value : "", wanted);
    process->credential.release(value, length);
}

static bool is_refused(struct process *process)
{
    return process->credential.person->refused(process->credential.context, "it has expired");
}

START_TEST(a_renewal_takes_the_place_of_what_it_came_from)
{
    struct process one, two;
    begin(&one, &silent);
    begin(&two, &silent);
    fetches(&one, "");
    keep(&one, "refresh-1", false);
    fetches(&one, "refresh-1");
    fetches(&two, "refresh-1");
    keep(&two, "refresh-2", true);
    keep(&one, "refresh-3", true); /* of refresh-1, which is not there any more */
    fetches(&one, "refresh-2");
    keep(&one, "refresh-4", true);
    fetches(&two, "refresh-4");
    end(&one);
    end(&two);
}
END_TEST

START_TEST(a_renewal_does_not_undo_a_sign_out)
{
    struct process one, two;
    begin(&one, &silent);
    begin(&two, &silent);
    keep(&one, "refresh-1", false);
    fetches(&one, "refresh-1");
    ck_assert_int_eq(sign_in_store_forget(context_store(two.context, &err), "ADMIN", &err), 0);
    keep(&one, "refresh-2", true);
    fetches(&one, "");
    end(&one);
    end(&two);
}
END_TEST

static const char *noted(struct process *process, char *text, size_t size)
{
    const struct config *loaded = context_config(process->context, &err);
    json_t *account = NULL;
    ck_assert_int_eq(sign_in_account(process->context, &loaded->credentials[0], &account, &err), 0);
    const char *refused = json_string_value(json_object_get(account, "refused"));
    snprintf(text, size, "%s", refused ? refused : "");
    json_decref(account);
    return text;
}

START_TEST(a_refusal_is_of_the_token_that_was_sent)
{
    struct process one, two;
    char text[64];
    begin(&one, &silent);
    begin(&two, &silent);
    keep(&one, "refresh-1", false);
    fetches(&one, "refresh-1");
    fetches(&two, "refresh-1");
    keep(&two, "refresh-2", true);
    ck_assert(is_refused(&one)); /* another one is there */
    ck_assert_str_eq(noted(&one, text, sizeof text), "");
    fetches(&one, "refresh-2");
    ck_assert(!is_refused(&one));
    ck_assert_str_eq(noted(&two, text, sizeof text), "it has expired");
    fetches(&two, "refresh-2");
    keep(&two, "refresh-3", false);
    ck_assert_str_eq(noted(&two, text, sizeof text), "");
    end(&one);
    end(&two);
}
END_TEST

START_TEST(another_application_does_not_get_it)
{
    struct process one, two;
    begin(&one, &silent);
    keep(&one, "refresh-1", false);
    write_config("55555555-5555-4555-8555-555555555555");
    begin(&two, &silent);
    fetches(&two, "");
    fetches(&one, "refresh-1");
    end(&one);
    end(&two);
}
END_TEST

START_TEST(it_is_not_on_the_disk_in_clear)
{
    static const char *const files[] = {"flexhost.db", "flexhost.db-wal"};
    struct process one;
    begin(&one, &silent);
    keep(&one, "refresh-token-in-clear", false);
    for (size_t i = 0; i < 2; i++) {
        char path[128], *data = NULL;
        size_t length = 0;
        snprintf(path, sizeof path, "%s/state/%s", folder, files[i]);
        ck_assert_msg(file_read(path, 64 * 1024 * 1024, &data, &length, &err) == 0, "%s",
                      error_text(&err));
        ck_assert_ptr_null(memmem(data, length, "refresh-token-in-clear", 22));
        ck_assert_ptr_null(memmem(data, length, "alice", 5));
        free(data);
    }
    end(&one);
}
END_TEST

START_TEST(a_code_is_for_somebody_who_is_there)
{
    struct process one, two;
    struct arm_code code = {"Admin", "https://login.example/device", "ABCD", 900000};
    begin(&one, &face);
    begin(&two, &silent);
    void *context = one.credential.context;
    ck_assert_int_eq(one.credential.person->attend(context, "it has expired", &err), -1);
    ck_assert_int_eq(err.code, ERROR_CREDENTIALS);
    ck_assert_msg(strstr(error_text(&err), "it has expired"), "%s", error_text(&err));
    ck_assert_msg(strstr(error_text(&err), "`flexhost credential sign-in Admin`"), "%s",
                  error_text(&err));
    error_clear(&err);
    there = true;
    ck_assert_int_eq(one.credential.person->attend(context, NULL, &err), 0);
    one.credential.person->show(context, &code);
    ck_assert_str_eq(shown, "to sign in with the credential \"Admin\", open "
                            "https://login.example/device and enter the code ABCD (within 15 "
                            "minutes)");
    there = false;
    sign_ins_command(one.sign_ins);
    ck_assert_int_eq(one.credential.person->attend(context, NULL, &err), 0);
    sign_ins_command(two.sign_ins); /* but who could see it? */
    ck_assert_int_eq(two.credential.person->attend(two.credential.context, NULL, &err), -1);
    end(&one);
    end(&two);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("sign-in");
    TCase *tcase = tcase_create("kept");
    tcase_add_checked_fixture(tcase, open_world, close_world);
    tcase_add_test(tcase, a_renewal_takes_the_place_of_what_it_came_from);
    tcase_add_test(tcase, a_renewal_does_not_undo_a_sign_out);
    tcase_add_test(tcase, a_refusal_is_of_the_token_that_was_sent);
    tcase_add_test(tcase, another_application_does_not_get_it);
    tcase_add_test(tcase, it_is_not_on_the_disk_in_clear);
    tcase_add_test(tcase, a_code_is_for_somebody_who_is_there);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
