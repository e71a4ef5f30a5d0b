/* SPDX-License-Identifier: Apache-2.0 */
/* FETCH: saves what a URL holds among the subject's artifacts, whole or not at all. */
#include "base/file.h"
#include "base/text.h"
#include "plan/run.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fetch_drop(struct item *item)
{
    if (!item->fetch_path)
        return;
    close(item->fetch_fd);
    unlink(item->fetch_path);
    free(item->fetch_path);
    item->fetch_path = NULL;
}

static int keep(struct item *item)
{
    char *path = text_format("%s/%s", item->run->given->artifact_folder, item->step->artifact);
    int result = path && fsync(item->fetch_fd) == 0 && rename(item->fetch_path, path) == 0 ? 0 : -1;
    if (result != 0)
        error_set(&item->error, ERROR_FAILED, NULL, "cannot save \"%s\": %m", item->step->artifact);
    free(path);
    close(item->fetch_fd);
    free(item->fetch_path);
    item->fetch_path = NULL;
    return result;
}

static void on_fetched(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    if (answer->outcome != ARM_DONE) {
        item_keep_error(item, answer);
        fetch_drop(item);
        item_fail(item);
    } else if (keep(item) != 0) {
        item_fail(item);
    } else {
        item_complete(item, NULL);
    }
}

static int open_part(struct item *item)
{
    const char *folder = item->run->given->artifact_folder;
    if (!folder)
        return error_set(&item->error, ERROR_FAILED, NULL, "there is no folder to save \"%s\" in",
                         item->step->artifact);
    if (file_make_private_folder(folder, &item->error) < 0)
        return -1;
    item->fetch_path = text_format("%s/.%s.part", folder, item->step->artifact);
    if (!item->fetch_path)
        return error_no_memory(&item->error);
    unlink(item->fetch_path); /* what a crash has left */
    item->fetch_fd =
        open(item->fetch_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (item->fetch_fd >= 0)
        return 0;
    error_set(&item->error, ERROR_FAILED, NULL, "cannot write %s: %m", item->fetch_path);
    free(item->fetch_path);
    item->fetch_path = NULL;
    return -1;
}

/* A SAS in clear text would be anybody's; on this machine itself there is nobody to overhear it. */
static bool may_fetch(const char *url)
{
    return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://127.0.0.1:", 17) == 0 ||
           strncmp(url, "http://localhost:", 17) == 0;
}

void item_fetch(struct item *item)
{
    char *url = NULL;
    if (item_bind_row(item, &item->error) == 0)
        url = item_bind_text(item, item->step->path, &item->error);
    if (!url) {
        bool waits = item->error.code == ERROR_RETRY;
        if (waits) {
            error_clear(&item->error);
            item->stage = STAGE_WAITING;
            item->cursor = 0;
            item_ripen(item);
        } else {
            item_fail(item);
        }
        return;
    }
    if (!may_fetch(url)) {
        error_set(&item->error, ERROR_AZURE, NULL, "what is to be fetched must be an https URL");
        item_fail(item);
    } else if (open_part(item) != 0) {
        item_fail(item);
    } else {
        item->call = arm_fetch(item->run->given->arm, url, item->fetch_fd, on_fetched, item);
        if (!item->call)
            run_without_memory(item->run);
    }
    OPENSSL_cleanse(url, strlen(url));
    free(url);
}
