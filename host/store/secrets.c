/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets at rest: sealed with a key that stands beside the database, not in it. */
#include "base/digest.h"
#include "base/file.h"
#include "store/internal.h"
#include "store/seal.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Tells a wrong key file from a tampered secret without telling the key. */
static int fingerprint_key(const unsigned char key[SEAL_KEY], char hex[DIGEST_HEX],
                           struct error *err)
{
    static const char purpose[] = "flexhost secret.key";
    char data[sizeof purpose + SEAL_KEY];
    memcpy(data, purpose, sizeof purpose);
    memcpy(data + sizeof purpose, key, SEAL_KEY);
    int result = digest_text(data, sizeof data, hex);
    OPENSSL_cleanse(data, sizeof data);
    return result < 0 ? error_set(err, ERROR_FAILED, NULL, "OpenSSL has no SHA-256") : 0;
}

static int read_key(const char *path, unsigned char key[SEAL_KEY], struct error *err)
{
    char *data = NULL;
    size_t length = 0;
    if (file_read_private(path, SEAL_KEY, &data, &length, err) < 0)
        return -1;
    bool right = length == SEAL_KEY;
    if (right)
        memcpy(key, data, SEAL_KEY);
    secret_wipe(data, length);
    if (!right)
        return error_set(err, ERROR_USAGE, NULL,
                         "%s has %zu bytes, a key has %d: restore it from a backup", path, length,
                         (int)SEAL_KEY);
    return 0;
}

/* Two processes may make it at once: the first file stays, and both read that. */
static int make_key(const char *path, struct error *err)
{
    char key[SEAL_KEY];
    if (RAND_bytes((unsigned char *)key, sizeof key) != 1)
        return error_set(err, ERROR_FAILED, NULL, "OpenSSL has no random numbers for %s", path);
    int result = file_create(path, key, sizeof key, err);
    OPENSSL_cleanse(key, sizeof key);
    return result;
}

static int check_key(struct sqlite_store *store, const char *known, const char *found,
                     struct error *err)
{
    if (strcmp(known, found) == 0)
        return 0;
    return error_set(err, ERROR_USAGE, NULL,
                     "%s is not the key that the secrets of %s were sealed with: restore both from "
                     "the same backup",
                     store->key_path, store->path);
}

/* Only a store that never sealed anything gets a new key: any other has lost its own. */
static int ensure_key_file(struct sqlite_store *store, bool may_make, struct error *err)
{
    if (access(store->key_path, F_OK) == 0 || errno != ENOENT)
        return 0;
    if (may_make)
        return make_key(store->key_path, err);
    return error_set(err, ERROR_USAGE, NULL,
                     "%s is missing, and the secrets of %s cannot be read without it: restore it "
                     "from a backup",
                     store->key_path, store->path);
}

static int load_key_file(struct sqlite_store *store, const char *known, bool sealing,
                         unsigned char key[SEAL_KEY], struct error *err)
{
    char found[DIGEST_HEX];
    if (ensure_key_file(store, sealing && !known, err) < 0 ||
        read_key(store->key_path, key, err) < 0 || fingerprint_key(key, found, err) < 0)
        return -1;
    if (known)
        return check_key(store, known, found, err);
    return sealing ? meta_put(store, "key-fingerprint", found, err) : 0;
}

/* The key is read for each use rather than kept in memory. */
static int load_key(struct sqlite_store *store, bool sealing, unsigned char key[SEAL_KEY],
                    struct error *err)
{
    if (!store->key_path) {
        memcpy(key, store->memory_key, SEAL_KEY);
        return 0;
    }
    char *known = NULL;
    if (meta_get(store, "key-fingerprint", &known, err) < 0)
        return -1;
    int result = load_key_file(store, known, sealing, key, err);
    free(known);
    if (result < 0)
        OPENSSL_cleanse(key, SEAL_KEY);
    return result;
}

/* What a sealed value is bound to. Caller frees; NULL without memory. */
static char *make_label(const char *owner, const char *name, int64_t version, size_t *length)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)version);
    size_t owner_size = strlen(owner) + 1;
    size_t name_size = strlen(name) + 1;
    *length = owner_size + name_size + strlen(number);
    char *label = malloc(*length + 1);
    if (!label)
        return NULL;
    memcpy(label, owner, owner_size);
    memcpy(label + owner_size, name, name_size);
    strcpy(label + owner_size + name_size, number);
    return label;
}

/* Versions rise over the whole store, so that one deleted and set anew is never taken for the old.
 */
static int next_version(struct sqlite_store *store, int64_t *version, struct error *err)
{
    char *last = NULL;
    char next[24];
    if (meta_get(store, "secret-version", &last, err) < 0)
        return -1;
    *version = (last ? strtoll(last, NULL, 10) : 0) + 1;
    free(last);
    snprintf(next, sizeof next, "%lld", (long long)*version);
    return meta_put(store, "secret-version", next, err);
}

static int write_secret(struct sqlite_store *store, const char *owner, const char *name,
                        int64_t version, const unsigned char *sealed, size_t length,
                        struct error *err)
{
    sqlite3_stmt *statement =
        statement_take(store,
                       "INSERT OR REPLACE INTO secret (owner, name, version, sealed)"
                       " VALUES (?1, ?2, ?3, ?4)",
                       err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, owner);
    statement_bind_text(statement, 2, name);
    bind_number(statement, 3, version);
    sqlite3_bind_blob64(statement, 4, sealed, length, SQLITE_STATIC);
    return statement_run(store, statement, err);
}

static int seal_secret(struct sqlite_store *store, const char *owner, const char *name,
                       int64_t version, const char *value, size_t length, struct error *err)
{
    size_t label_length = 0;
    unsigned char key[SEAL_KEY];
    char *label = make_label(owner, name, version, &label_length);
    unsigned char *sealed = malloc(length + SEAL_OVERHEAD);
    int result = -1;
    if (!label || !sealed)
        error_no_memory(err);
    else if (load_key(store, true, key, err) == 0) {
        if (seal(key, label, label_length, value, length, sealed) < 0)
            error_set(err, ERROR_FAILED, NULL, "OpenSSL could not encrypt the secret \"%s\"", name);
        else
            result = write_secret(store, owner, name, version, sealed, length + SEAL_OVERHEAD, err);
        OPENSSL_cleanse(key, sizeof key);
    }
    free(label);
    free(sealed);
    return result;
}

int sqlite_secret_put(struct store *base, const char *owner, const char *name, const char *value,
                      size_t length, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    int64_t version = 0;
    if (length > SEAL_LONGEST)
        return error_set(err, ERROR_USAGE, NULL,
                         "the secret \"%s\" has %zu bytes: at most %d are kept", name, length,
                         (int)SEAL_LONGEST);
    if (transaction_required(store, err) < 0 || next_version(store, &version, err) < 0)
        return -1;
    return seal_secret(store, owner, name, version, value, length, err);
}

static int unseal_secret(struct sqlite_store *store, const char *owner, const char *name,
                         int64_t version, const unsigned char *sealed, size_t sealed_length,
                         char **value, size_t *length, struct error *err)
{
    size_t label_length = 0;
    unsigned char key[SEAL_KEY];
    size_t room = sealed_length > SEAL_OVERHEAD ? sealed_length - SEAL_OVERHEAD : 0;
    char *label = make_label(owner, name, version, &label_length);
    char *plain = malloc(room + 1);
    int result = -1;
    if (!label || !plain)
        error_no_memory(err);
    else if (load_key(store, false, key, err) == 0) {
        result = unseal(key, label, label_length, sealed, sealed_length, plain);
        OPENSSL_cleanse(key, sizeof key);
        if (result < 0)
            error_set(err, ERROR_FAILED, NULL,
                      "the secret \"%s\" in %s was damaged or changed by another program: set it "
                      "again, or restore a backup",
                      name, store->path);
    }
    free(label);
    if (result < 0) {
        free(plain);
        return -1;
    }
    plain[room] = '\0';
    *value = plain;
    *length = room;
    return 0;
}

int sqlite_secret_get(struct store *base, const char *owner, const char *name, char **value,
                      size_t *length, int64_t *version, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    *value = NULL;
    *length = 0;
    *version = 0;
    sqlite3_stmt *statement = statement_take(
        store, "SELECT version, sealed FROM secret WHERE owner = ?1 AND name = ?2", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, owner);
    statement_bind_text(statement, 2, name);
    int found = sqlite3_step(statement);
    int result = found == SQLITE_DONE ? 0 : -1;
    if (found == SQLITE_ROW) {
        *version = sqlite3_column_int64(statement, 0);
        const unsigned char *sealed = sqlite3_column_blob(statement, 1);
        result = unseal_secret(store, owner, name, *version, sealed,
                               (size_t)sqlite3_column_bytes(statement, 1), value, length, err);
    } else if (found != SQLITE_DONE) {
        sqlite_failed(store, found, err);
    }
    statement_give(store, statement);
    return result;
}

static bool visit_version(void *context, sqlite3_stmt *row)
{
    *(int64_t *)context = sqlite3_column_int64(row, 0);
    return false;
}

int sqlite_secret_version(struct store *base, const char *owner, const char *name, int64_t *version,
                          struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    *version = 0;
    sqlite3_stmt *statement =
        statement_take(store, "SELECT version FROM secret WHERE owner = ?1 AND name = ?2", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, owner);
    statement_bind_text(statement, 2, name);
    return statement_visit(store, statement, visit_version, version, err);
}

int sqlite_secret_delete_all(struct store *base, const char *owner, struct error *err)
{
    struct sqlite_store *store = sqlite_of(base);
    if (transaction_required(store, err) < 0)
        return -1;
    sqlite3_stmt *statement = statement_take(store, "DELETE FROM secret WHERE owner = ?1", err);
    if (!statement)
        return -1;
    statement_bind_text(statement, 1, owner);
    return statement_run(store, statement, err);
}
