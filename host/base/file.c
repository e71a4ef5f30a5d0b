/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are ours alone. */
#include "base/file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
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
    free(copy);
    if (failed)
        return error_set(err, ERROR_FAILED, NULL, "cannot make the folder %s: %s", path,
                         strerror(errno));
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

static int read_open(int fd, const char *path, size_t limit, char **data, size_t *length,
                     struct error *err)
{
    struct stat info;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return error_set(err, ERROR_USAGE, NULL, "%s is not a regular file", path);
    if ((uintmax_t)info.st_size > limit)
        return error_set(err, ERROR_USAGE, NULL,
                         "%s has %jd bytes, more than the %zu that are read here", path,
                         (intmax_t)info.st_size, limit);
    size_t size = (size_t)info.st_size;
    char *buffer = malloc(size + 1);
    if (!buffer)
        return error_no_memory(err);
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, buffer + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(buffer);
            return error_set(err, ERROR_FAILED, NULL, "cannot read %s: %s", path, strerror(errno));
        }
        if (n == 0)
            break;
        got += (size_t)n;
    }
    buffer[got] = '\0';
    *data = buffer;
    *length = got;
    return 0;
}

static int read_file(const char *path, int private, size_t limit, char **data, size_t *length,
                     struct error *err)
{
    *data = NULL;
    *length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set(err, ERROR_USAGE, NULL, "cannot open %s: %s", path, strerror(errno));
    struct stat info;
    int result;
    if (private && fstat(fd, &info) == 0 && (info.st_mode & 077))
        result = error_set(err, ERROR_USAGE, NULL,
                           "%s holds a secret but is open to others (mode %04o): run chmod 600 %s",
                           path, (unsigned)(info.st_mode & 07777), path);
    else
        result = read_open(fd, path, limit, data, length, err);
    close(fd);
    return result;
}

int file_read(const char *path, size_t limit, char **data, size_t *length, struct error *err)
{
    return read_file(path, 0, limit, data, length, err);
}

int file_read_private(const char *path, size_t limit, char **data, size_t *length,
                      struct error *err)
{
    return read_file(path, 1, limit, data, length, err);
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

int file_replace(const char *path, const char *data, size_t length, struct error *err)
{
    char *beside = text_format("%s.XXXXXX", path);
    if (!beside)
        return error_no_memory(err);
    int fd = mkostemp(beside, O_CLOEXEC); /* 0600 by itself */
    int failed = fd < 0 || write_all(fd, data, length) < 0;
    int reason = errno;
    if (fd >= 0 && close(fd) < 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    if (!failed && rename(beside, path) < 0) {
        failed = 1;
        reason = errno;
    }
    if (failed && fd >= 0)
        unlink(beside);
    free(beside);
    if (failed)
        return error_set(err, ERROR_FAILED, NULL, "cannot write %s: %s", path, strerror(reason));
    return 0;
}

int file_check_trusted(const char *path, struct error *err)
{
    struct stat info;
    if (stat(path, &info) < 0)
        return error_set(err, ERROR_USAGE, NULL, "cannot open %s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return error_set(err, ERROR_USAGE, NULL, "%s is neither a file nor a folder", path);
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return error_set(
            err, ERROR_USAGE, NULL,
            "%s belongs to user %u: it must belong to root or to the user that runs flexhost", path,
            (unsigned)info.st_uid);
    if (info.st_mode & 022)
        return error_set(err, ERROR_USAGE, NULL,
                         "others can write to %s (mode %04o): run chmod go-w %s", path,
                         (unsigned)(info.st_mode & 07777), path);
    return 0;
}
