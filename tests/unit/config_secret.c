/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets come from where their reference says, or not at all. */
#include "base/text.h"
#include "config/secret_reference.h"
#include "config_suites.h"

#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void)
{
    folder = config_make_folder();
    config_write(folder, "secret", "s3cret\n", 0600);
    config_write(folder, "open", "s3cret\n", 0644);
    config_write(folder, "empty", "\n", 0600);
    setenv("FH_TEST_SECRET", "from-env", 1);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
}

static void drop_folder(void)
{
    unsetenv("FH_TEST_SECRET");
    unsetenv("CREDENTIALS_DIRECTORY");
    config_drop_folder(folder);
}

/* %s is the folder. */
static const struct {
    const char *reference;
    const char *value;   /* NULL: refused */
    const char *problem; /* part of the message */
} references[] = {
    {"file:%s/secret", "s3cret", NULL},
    {"file:%s/open", NULL, "run chmod 600"},
    {"file:%s/empty", NULL, "is empty"},
    {"file:%s/missing", NULL, "/missing: write the secret into it (mode 0600)"},
    {"file:%s", NULL, "is not a regular file"},
    {"env:FH_TEST_SECRET", "from-env", NULL},
    {"env:FH_TEST_NONE", NULL, "has no variable FH_TEST_NONE"},
    {"credential:secret", "s3cret", NULL},
    {"credential:open", "s3cret", NULL}, /* systemd guards the folder */
    {"credential:../secret", NULL, "holds no slash"},
    {"credential:missing", NULL, "add LoadCredential=missing:PATH"},
    {"hunter2", NULL, "a secret is given by reference"},
};

START_TEST(each_reference_resolves)
{
    struct error err = ERROR_INIT;
    char *value;
    size_t length;
    char *reference = text_format("%s", references[_i].reference);
    char *place = strstr(reference, "%s");
    if (place) {
        char *whole =
            text_format("%.*s%s%s", (int)(place - reference), reference, folder, place + 2);
        free(reference);
        reference = whole;
    }
    int result = secret_resolve(reference, &value, &length, &err);
    if (references[_i].value) {
        ck_assert_msg(result == 0, "%s", error_text(&err));
        ck_assert_str_eq(value, references[_i].value);
        ck_assert_uint_eq(length, strlen(value));
    } else {
        ck_assert_int_eq(result, -1);
        ck_assert_ptr_null(value);
        ck_assert_msg(strstr(error_text(&err), references[_i].problem) != NULL, "%s",
                      error_text(&err));
        ck_assert_ptr_null(strstr(error_text(&err), "hunter2"));
    }
    secret_free(value, length);
    error_clear(&err);
    free(reference);
}
END_TEST

START_TEST(systemd_credentials_need_systemd)
{
    struct error err = ERROR_INIT;
    char *value;
    size_t length;
    unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert_int_eq(secret_resolve("credential:secret", &value, &length, &err), -1);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "LoadCredential=secret:PATH"));
    error_clear(&err);
}
END_TEST

TCase *config_secret_case(void)
{
    TCase *tcase = tcase_create("secret");
    tcase_add_checked_fixture(tcase, make_folder, drop_folder);
    tcase_add_loop_test(tcase, each_reference_resolves, 0, sizeof references / sizeof *references);
    tcase_add_test(tcase, systemd_credentials_need_systemd);
    return tcase;
}
