/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are ours alone. */
#include "base/file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_folders(char *path)
{
    for (char *slash = *path ? strchr(path + 1, '/') : NULL; slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = mkdir(path, 0700) < 0 && errno != EEXIST;
        *slash = '/';
        if (failed)
            return -1;
    }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

int file_make_private_folder(const char *path, struct error *err)
{
    char *copy = strdup(path);
    if (!copy)
        return error_no_memory(err);
    int failed = make_folders(copy);
    int reason = errno;
    free(copy);
    if (failed)
        return error_set(err, ERROR_FAILED, NULL, "cannot make the folder \"%s\": %s", path,
                         strerror(reason));
    struct stat info;
    if (stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
        return error_set(err, ERROR_FAILED, NULL, "%s is not a folder", path);
    if (info.st_uid != geteuid())
        return error_set(
            err, ERROR_USAGE, NULL,
            "the folder %s belongs to user %u, not to the user that runs flexhost (%u): "
            "run as that user or name another folder",
            path, (unsigned)info.st_uid, (unsigned)geteuid());
    if (info.st_mode & 077)
        return error_set(err, ERROR_USAGE, NULL,
                         "the folder %s is open to others (mode %04o): run chmod 700 %s", path,
                         (unsigned)(info.st_mode & 07777), path);
    return 0;
}

static int check_private(const struct stat *info, const char *path, struct error *err)
{
    if (!S_ISREG(info->st_mode))
        return error_set(err, ERROR_USAGE, NULL, "%s is not a regular file", path);
    if (info->st_uid != geteuid() && info->st_uid != 0)
        return error_set(err, ERROR_USAGE, NULL,
                         "%s belongs to user %u: it must belong to the user that runs flexhost "
                         "(%u) or to root",
                         path, (unsigned)info->st_uid, (unsigned)geteuid());
    if (info->st_mode & 077)
        return error_set(err, ERROR_USAGE, NULL,
                         "%s holds secrets but is open to others (mode %04o): run chmod 600 %s",
                         path, (unsigned)(info->st_mode & 07777), path);
    return 0;
}

int file_check_private(const char *path, struct error *err)
{
    struct stat info;
    if (stat(path, &info) < 0)
        return error_set(err, ERROR_USAGE, NULL, "cannot open %s: %s", path, strerror(errno));
    return check_private(&info, path, err);
}

struct content {
    char *data;
    size_t length;
    size_t room;
};

static void content_wipe(struct content *content)
{
    if (content->data)
        OPENSSL_cleanse(content->data, content->room);
    free(content->data);
    memset(content, 0, sizeof *content);
}

/* By hand, since realloc() would leave a copy of a secret behind. */
static int content_grow(struct content *content, size_t room)
{
    char *data = malloc(room);
    if (!data)
        return -1;
    if (content->length)
        memcpy(data, content->data, content->length);
    size_t length = content->length;
    content_wipe(content);
    *content = (struct content){data, length, room};
    return 0;
}

/* To the end, whatever size the file claims: /proc says 0, and a log may grow meanwhile. */
static int read_to_end(int fd, size_t claimed, size_t limit, struct content *content)
{
    if (content_grow(content, (claimed < limit ? claimed : limit) + 2) < 0)
        return ENOMEM;
    while (content->length <= limit) {
        if (content->length + 1 == content->room && content_grow(content, 2 * content->room) < 0)
            return ENOMEM;
        ssize_t n = read(fd, content->data + content->length, content->room - content->length - 1);
        if (n == 0)
            break;
        if (n > 0)
            content->length += (size_t)n;
        else if (errno != EINTR)
            return errno;
    }
    content->data[content->length] = '\0';
    return content->length > limit ? EFBIG : 0;
}

static int read_file(const char *path, bool private, size_t limit, char **data, size_t *length,
                     struct error *err)
{
    *data = NULL;
    *length = 0;
    /* Not blocking: a FIFO without a writer must be refused, not waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set(err, ERROR_USAGE, NULL, "cannot open %s: %s", path, strerror(errno));
    struct stat info;
    struct content content = {0};
    int failed = -1;
    int reason = 0;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        error_set(err, ERROR_USAGE, NULL, "%s is not a regular file", path);
    else if (private && check_private(&info, path, err) < 0)
        failed = -1;
    else if ((reason = read_to_end(fd, (size_t)info.st_size, limit, &content)) == EFBIG)
        error_set(err, ERROR_USAGE, NULL, "%s has more than the %zu bytes that are read here", path,
                  limit);
    else if (reason)
        error_set(err, ERROR_FAILED, NULL, "cannot read %s: %s", path, strerror(reason));
    else
        failed = 0;
    close(fd);
    if (failed) {
        content_wipe(&content);
        return -1;
    }
    *data = content.data;
    *length = content.length;
    return 0;
}

int file_read(const char *path, size_t limit, char **data, size_t *length, struct error *err)
{
    return read_file(path, false, limit, data, length, err);
}

int file_read_private(const char *path, size_t limit, char **data, size_t *length,
                      struct error *err)
{
    return read_file(path, true, limit, data, length, err);
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        length -= (size_t)n;
    }
    return fsync(fd);
}

/* A rename is on the disk only when the folder is. */
static int sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash         ? strdup(".")
                   : slash > path ? strndup(path, (size_t)(slash - path))
                                  : strdup("/");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int result = fd < 0 ? -1 : fsync(fd);
    int reason = errno;
    if (fd >= 0)
        close(fd);
    free(folder);
    errno = reason;
    return result;
}

/* Puts the content into PATH.XXXXXX, safe on the disk. Returns 0 or errno; the caller frees. */
static int write_beside(const char *path, const char *data, size_t length, char **beside)
{
    *beside = text_format("%s.XXXXXX", path);
    if (!*beside)
        return ENOMEM;
    int fd = mkostemp(*beside, O_CLOEXEC); /* 0600 by itself */
    if (fd < 0)
        return errno;
    int reason = write_all(fd, data, length) < 0 ? errno : 0;
    if (close(fd) < 0 && !reason)
        reason = errno;
    if (reason)
        unlink(*beside);
    return reason;
}

int file_replace(const char *path, const char *data, size_t length, struct error *err)
{
    char *beside = NULL;
    int reason = write_beside(path, data, length, &beside);
    if (!reason && rename(beside, path) < 0) {
        reason = errno;
        unlink(beside);
    }
    if (!reason && sync_folder_of(path) < 0)
        reason = errno;
    free(beside);
    if (reason)
        return error_set(err, ERROR_FAILED, NULL, "cannot write %s: %s", path, strerror(reason));
    return 0;
}

int file_create(const char *path, const char *data, size_t length, struct error *err)
{
    char *beside = NULL;
    int reason = write_beside(path, data, length, &beside);
    if (!reason) {
        /* Unlike rename(), link() does not replace what another process has just made. */
        if (link(beside, path) < 0 && errno != EEXIST)
            reason = errno;
        unlink(beside);
    }
    if (!reason && sync_folder_of(path) < 0)
        reason = errno;
    free(beside);
    if (reason)
        return error_set(err, ERROR_FAILED, NULL, "cannot write %s: %s", path, strerror(reason));
    return 0;
}

int file_check_trusted(const char *path, char **mend, struct error *err)
{
    struct stat info;
    *mend = NULL;
    if (stat(path, &info) < 0) {
        *mend = strdup("correct the path");
        return error_set(err, ERROR_USAGE, NULL, "cannot open %s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
        *mend = strdup("name a file");
        return error_set(err, ERROR_USAGE, NULL, "%s is neither a file nor a folder", path);
    }
    if (info.st_uid != geteuid() && info.st_uid != 0) {
        *mend = text_format("chown root %s, or make it anew as the user that runs flexhost", path);
        return error_set(
            err, ERROR_USAGE, NULL,
            "%s belongs to user %u: it must belong to root or to the user that runs flexhost", path,
            (unsigned)info.st_uid);
    }
    if (info.st_mode & 022) {
        *mend = text_format("chmod go-w %s", path);
        return error_set(err, ERROR_USAGE, NULL, "others can write to %s (mode %04o)", path,
                         (unsigned)(info.st_mode & 07777));
    }
    return 0;
}
