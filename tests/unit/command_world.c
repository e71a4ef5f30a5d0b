/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of commands share. */
#include "command_world.h"

#include "store_fixture.h"

#include <stdio.h>
#include <sys/stat.h>

struct context *context;
struct store *store;
struct error err;

void world_open(const char *sections, const struct face *face)
{
    test_folder_make();
    const char *config = test_path("flexhost.ini");
    FILE *file = fopen(config, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "[host]\nstate-folder = .\n[credential \"main\"]\ntype = managed-identity\n%s",
            sections);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(config, 0600), 0);
    err = (struct error)ERROR_INIT;
    context = context_new(config, face, NULL);
    store = context_store(context, &err);
    ck_assert_msg(store != NULL, "%s", error_text(&err));
}

void world_close(void)
{
    context_free(context);
    error_clear(&err);
    test_folder_remove();
}
