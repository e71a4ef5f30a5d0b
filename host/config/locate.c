/* SPDX-License-Identifier: Apache-2.0 */
/* Where the configuration is. */
#include "base/text.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Named by the operator: it is taken or refused, never passed over. */
static int take_named(const char *file, const char *by, char **path, const char **why,
                      struct error *err)
{
    if (access(file, F_OK) < 0)
        return error_set(err, ERROR_USAGE, NULL,
                         "%s names the configuration %s, which is not there: correct the path, or "
                         "copy the sample %s/conf/flexhost.ini to it",
                         by, file, FH_PKGDATADIR);
    *why = by;
    *path = strdup(file);
    return *path ? 0 : error_no_memory(err);
}

static char *user_path(void)
{
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (folder && *folder == '/')
        return text_format("%s/flexhost/flexhost.ini", folder);
    if (home && *home == '/')
        return text_format("%s/.config/flexhost/flexhost.ini", home);
    return NULL;
}

int config_locate(const char *option, char **path, const char **why, struct error *err)
{
    const char *variable = getenv("FLEXHOST_CONFIG");
    *path = NULL;
    *why = NULL;
    if (option)
        return take_named(option, "--config", path, why, err);
    if (variable && *variable)
        return take_named(variable, "$FLEXHOST_CONFIG", path, why, err);
    const struct {
        char *path;
        const char *why;
    } places[] = {
        {strdup("flexhost.ini"), "the current folder"},
        {user_path(), "the user's configuration"},
        {strdup(FH_SYSCONFDIR "/flexhost/flexhost.ini"), "the system's configuration"},
    };
    enum { PLACES = sizeof places / sizeof *places };
    struct text tried = {0};
    for (size_t i = 0; i < PLACES; i++) {
        if (!places[i].path)
            continue;
        if (!*path && access(places[i].path, F_OK) == 0) {
            *path = places[i].path;
            *why = places[i].why;
            continue;
        }
        text_printf(&tried, "%s%s", tried.length ? ", " : "", places[i].path);
        free(places[i].path);
    }
    int result = 0;
    if (!*path)
        result =
            error_set(err, ERROR_USAGE, NULL,
                      "there is no configuration (looked for %s): copy the sample "
                      "%s/conf/flexhost.ini to one of these and edit it, or give --config FILE",
                      text_get(&tried), FH_PKGDATADIR);
    text_free(&tried);
    return result;
}
