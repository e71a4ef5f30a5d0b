/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of host/config. */
#include "base/text.h"
#include "config_suites.h"
#include "tap_main.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *config_problems(const char *text)
{
    struct error err = ERROR_INIT;
    struct config *config;
    struct text lines = {0};
    int result = config_load_text("test.ini", text, strlen(text), &config, &err);
    ck_assert_ptr_nonnull(config);
    ck_assert_int_eq(result, config->problems.count ? -1 : 0);
    for (size_t i = 0; i < config->problems.count; i++)
        text_printf(&lines, "%s\n", ini_problem_text(&config->problems.items[i], &config->arena));
    if (result < 0)
        ck_assert_int_eq(err.code, ERROR_USAGE);
    error_clear(&err);
    config_free(config);
    return text_take(&lines);
}

char *config_make_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = text_format("%s/flexhost-config-XXXXXX", base && *base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

void config_write(const char *folder, const char *file, const char *text, unsigned mode)
{
    char *path = text_format("%s/%s", folder, file);
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
    ck_assert_int_eq(chmod(path, mode), 0);
    free(path);
}

void config_drop_folder(char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    while (entries && (entry = readdir(entries)))
        unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    rmdir(folder);
    free(folder);
}

int main(void)
{
    Suite *suite = suite_create("config");
    suite_add_tcase(suite, config_ini_case());
    suite_add_tcase(suite, config_load_case());
    suite_add_tcase(suite, config_samples_case());
    suite_add_tcase(suite, config_secret_case());
    suite_add_tcase(suite, config_locate_case());
    return tap_main(suite);
}
