/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration is found where the documents say, and the winner is named. */
#include "base/text.h"
#include "config_suites.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder, *started_in;

static void enter_folder(void)
{
    started_in = getcwd(NULL, 0);
    folder = config_make_folder();
    ck_assert_int_eq(chdir(folder), 0);
    unsetenv("FLEXHOST_CONFIG");
    setenv("XDG_CONFIG_HOME", folder, 1);
}

static void leave_folder(void)
{
    unlink("flexhost/flexhost.ini");
    rmdir("flexhost");
    ck_assert_int_eq(chdir(started_in), 0);
    unsetenv("FLEXHOST_CONFIG");
    unsetenv("XDG_CONFIG_HOME");
    config_drop_folder(folder);
    free(started_in);
}

static void expect(const char *option, const char *file, const char *by)
{
    struct error err = ERROR_INIT;
    char *path;
    const char *why;
    ck_assert_msg(config_locate(option, &path, &why, &err) == 0, "%s", error_text(&err));
    ck_assert_msg(strstr(path, file) != NULL, "%s", path);
    ck_assert_str_eq(why, by);
    free(path);
}

START_TEST(the_nearest_wins)
{
    ck_assert_int_eq(mkdir("flexhost", 0700), 0);
    config_write(folder, "flexhost/flexhost.ini", "", 0600);
    expect(NULL, "/flexhost/flexhost.ini", "the user's configuration");
    config_write(folder, "flexhost.ini", "", 0600);
    expect(NULL, "flexhost.ini", "the current folder");
    config_write(folder, "other.ini", "", 0600);
    setenv("FLEXHOST_CONFIG", "other.ini", 1);
    expect(NULL, "other.ini", "$FLEXHOST_CONFIG");
    expect("flexhost.ini", "flexhost.ini", "--config");
}
END_TEST

START_TEST(a_named_file_must_be_there)
{
    struct error err = ERROR_INIT;
    char *path;
    const char *why;
    ck_assert_int_eq(config_locate("none.ini", &path, &why, &err), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "--config names the configuration none.ini"));
    error_clear(&err);
}
END_TEST

START_TEST(without_any_the_places_are_named)
{
    struct error err = ERROR_INIT;
    char *path;
    const char *why;
    if (access(FH_SYSCONFDIR "/flexhost/flexhost.ini", F_OK) == 0)
        return; /* flexhost is installed here */
    ck_assert_int_eq(config_locate(NULL, &path, &why, &err), -1);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "looked for flexhost.ini, "));
    ck_assert_ptr_nonnull(strstr(error_text(&err), FH_SYSCONFDIR "/flexhost/flexhost.ini"));
    error_clear(&err);
}
END_TEST

TCase *config_locate_case(void)
{
    TCase *tcase = tcase_create("locate");
    tcase_add_checked_fixture(tcase, enter_folder, leave_folder);
    tcase_add_test(tcase, the_nearest_wins);
    tcase_add_test(tcase, a_named_file_must_be_there);
    tcase_add_test(tcase, without_any_the_places_are_named);
    return tcase;
}
