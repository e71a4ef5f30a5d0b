/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a module: everything that can be known before its code runs is looked at first. */
#include "plugin/load.h"

#include "base/file.h"
#include "plugin/elf.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char entry_symbol[] = "fh_plugin_entry";

enum { LARGEST_MODULE = 64 * 1024 * 1024, MOST_EXPORTS_NAMED = 3 };

static bool is_trusted(struct inspection *inspection, const char *path)
{
    struct error err = ERROR_INIT;
    char *mend;
    if (file_check_trusted(path, &mend, &err) == 0)
        return true;
    inspection_report(inspection, FH_FAIL, "trust",
                      mend ? arena_copy(inspection->arena, mend) : NULL,
                      "%s; flexhost runs plugins with all of its own rights", error_text(&err));
    free(mend);
    error_clear(&err);
    return false;
}

/* The file, the folder that it is named in and, behind a link, the folder that it is really in. */
static bool check_trust(struct inspection *inspection, const char *file)
{
    char named[PATH_MAX], real[PATH_MAX];
    if (strlen(file) >= sizeof named || !realpath(file, real)) {
        inspection_report(inspection, FH_FAIL, "file", "install the plugin, or correct the path",
                          "the file cannot be found: %m");
        return false;
    }
    strcpy(named, file);
    bool fine = is_trusted(inspection, real) && is_trusted(inspection, dirname(real)) &&
                is_trusted(inspection, dirname(named));
    if (fine)
        inspection_report(inspection, FH_PASS, "trust", NULL,
                          "nobody else can write to the file or its folder");
    return fine;
}

struct exports {
    struct inspection *inspection;
    bool entry;
    size_t others;
    char named[256]; /* some of the others */
};

static void note_export(void *context, const char *name)
{
    struct exports *exports = context;
    if (strcmp(name, entry_symbol) == 0) {
        exports->entry = true;
        return;
    }
    size_t used = strlen(exports->named), length = strnlen(name, sizeof exports->named);
    if (exports->others++ < MOST_EXPORTS_NAMED && used + length + 3 < sizeof exports->named) {
        strcpy(exports->named + used, used ? ", " : "");
        strcat(exports->named, name);
    }
}

static bool check_exports(struct inspection *inspection, const char *file)
{
    struct exports exports = {.inspection = inspection};
    struct error err = ERROR_INIT;
    char *image = NULL;
    size_t length = 0;
    int failed = file_read(file, LARGEST_MODULE, &image, &length, &err) < 0 ||
                 elf_exports(image, length, note_export, &exports, &err) < 0;
    free(image);
    if (failed) {
        inspection_report(inspection, FH_FAIL, "exports",
                          "build it as flexhost's sdk/template does", "%s", error_text(&err));
        error_clear(&err);
        return false;
    }
    if (!exports.entry) {
        inspection_report(inspection, FH_FAIL, "exports",
                          "define it: const struct fh_plugin *fh_plugin_entry(void)",
                          "it does not export %s", entry_symbol);
        return false;
    }
    if (exports.others)
        inspection_report(inspection, FH_WARNING, "exports",
                          "build with -fvisibility=hidden and link with "
                          "-Wl,--version-script=plugin.map, the file in flexhost's sdk/template",
                          "it should export %s alone, and also exports %zu more (%s)", entry_symbol,
                          exports.others, exports.named);
    else
        inspection_report(inspection, FH_PASS, "exports", NULL, "it exports %s and nothing else",
                          entry_symbol);
    return true;
}

int plugin_load(const char *file, struct inspection *inspection, struct fh_plugin *entry)
{
    memset(entry, 0, sizeof *entry);
    if (!check_trust(inspection, file) || !check_exports(inspection, file))
        return -1;
    char path[PATH_MAX]; /* without a slash dlopen would search elsewhere */
    if (!realpath(file, path))
        return -1;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        inspection_report(inspection, FH_FAIL, "load",
                          "link it with -Wl,-z,defs and install what it needs",
                          "the system cannot load it: %s", dlerror());
        return -1;
    }
    union {
        void *object;
        const struct fh_plugin *(*function)(void);
    } symbol = {.object = dlsym(module, entry_symbol)};
    const struct fh_plugin *raw = symbol.object ? symbol.function() : NULL;
    if (!raw) {
        inspection_report(inspection, FH_FAIL, "entry", "return the address of a static struct",
                          "%s returned NULL", entry_symbol);
        return -1;
    }
    return plugin_inspect(inspection, raw, entry);
}
