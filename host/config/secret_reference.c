/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching a secret from where its reference says. */
#include "config/secret_reference.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_SECRET = 65536 }; /* a certificate with its chain and key */

/* Editors end a file with a newline that is no part of the secret. */
static void drop_newline(char *value, size_t *length)
{
    if (*length && value[*length - 1] == '\n')
        value[--*length] = '\0';
    if (*length && value[*length - 1] == '\r')
        value[--*length] = '\0';
}

static bool is_missing(const char *path)
{
    return access(path, F_OK) < 0 && errno == ENOENT;
}

static int read_secret(const char *reference, const char *path, char **value, size_t *length,
                       struct error *err)
{
    if (is_missing(path))
        return error_set(
            err, ERROR_USAGE, NULL,
            "the secret %s: there is no file %s: write the secret into it (mode 0600), "
            "or correct the reference",
            reference, path);
    if (file_read_private(path, LONGEST_SECRET, value, length, err) < 0)
        return error_prefix(err, "the secret %s", reference);
    drop_newline(*value, length);
    return 0;
}

static int from_environment(const char *reference, const char *name, char **value, size_t *length,
                            struct error *err)
{
    const char *found = getenv(name);
    if (!found)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "the secret %s: the environment has no variable %s: set it, or refer to a "
                         "file with file:PATH",
                         reference, name);
    *value = strdup(found);
    if (!*value)
        return error_no_memory(err);
    *length = strlen(*value);
    return 0;
}

static int from_systemd(const char *reference, const char *name, char **value, size_t *length,
                        struct error *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (!folder || !*folder)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "the secret %s: systemd has given no credentials to this process "
                         "(CREDENTIALS_DIRECTORY is not set): add LoadCredential=%s:PATH to the "
                         "unit, or refer to a file with file:PATH",
                         reference, name);
    if (strchr(name, '/'))
        return error_set(err, ERROR_USAGE, NULL,
                         "the secret %s: a credential's name holds no slash", reference);
    char *path = text_format("%s/%s", folder, name);
    if (!path)
        return error_no_memory(err);
    /* systemd guards the folder; the file's group bits may be the mask of an access list. */
    int result =
        is_missing(path)
            ? error_set(
                  err, ERROR_USAGE, NULL,
                  "systemd has given this process no credential %s: add LoadCredential=%s:PATH "
                  "to the unit, or correct the reference",
                  name, name)
            : file_read(path, LONGEST_SECRET, value, length, err);
    free(path);
    if (result < 0)
        return error_prefix(err, "the secret %s", reference);
    drop_newline(*value, length);
    return 0;
}

static int fetch(const char *reference, char **value, size_t *length, struct error *err)
{
    static const struct {
        const char *scheme;
        int (*fetch)(const char *, const char *, char **, size_t *, struct error *);
    } schemes[] = {
        {"file:", read_secret}, {"env:", from_environment}, {"credential:", from_systemd}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t scheme = strlen(schemes[i].scheme);
        if (strncmp(reference, schemes[i].scheme, scheme) == 0)
            return schemes[i].fetch(reference, reference + scheme, value, length, err);
    }
    /* It may be the secret itself: it is not repeated. */
    return error_set(err, ERROR_USAGE, NULL,
                     "a secret is given by reference: write file:PATH, env:VARIABLE or "
                     "credential:NAME");
}

int secret_resolve(const char *reference, char **value, size_t *length, struct error *err)
{
    *value = NULL;
    *length = 0;
    if (fetch(reference, value, length, err) < 0)
        return -1;
    if (*length && memchr(*value, '\0', *length) == NULL)
        return 0;
    error_set(err, ERROR_CREDENTIALS, NULL, "the secret %s %s", reference,
              *length ? "holds a NUL byte: it must be text" : "is empty");
    secret_free(*value, *length);
    *value = NULL;
    *length = 0;
    return -1;
}

void secret_free(char *value, size_t length)
{
    if (!value)
        return;
    OPENSSL_cleanse(value, length);
    free(value);
}
