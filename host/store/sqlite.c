/* SPDX-License-Identifier: Apache-2.0 */
/* The store in SQLite: opening and closing. */
#include "base/file.h"
#include "base/text.h"
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *sqlite_installation(struct store *store)
{
    return sqlite_of(store)->installation;
}

static void sqlite_close(struct store *base)
{
    struct sqlite_store *store = sqlite_of(base);
    /* A forked child must not close: it would end the parent's log. */
    if (store->opener == getpid()) {
        for (size_t i = 0; i < store->cached; i++)
            sqlite3_finalize(store->cache[i]);
        sqlite3_close_v2(store->db);
    }
    OPENSSL_cleanse(store->memory_key, sizeof store->memory_key);
    free(store->path);
    free(store->key_path);
    free(store);
}

static const struct store_ops sqlite_ops = {
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .record_put = sqlite_record_put,
    .record_delete = sqlite_record_delete,
    .record_each = sqlite_record_each,
    .operation_put = sqlite_operation_put,
    .operation_each = sqlite_operation_each,
    .operation_request_cancel = sqlite_operation_request_cancel,
    .operation_cancel_requested = sqlite_operation_cancel_requested,
    .journal_put = sqlite_journal_put,
    .journal_delete = sqlite_journal_delete,
    .journal_each = sqlite_journal_each,
    .lease_acquire = sqlite_lease_acquire,
    .lease_renew = sqlite_lease_renew,
    .lease_release = sqlite_lease_release,
    .lease_query = sqlite_lease_query,
    .secret_put = sqlite_secret_put,
    .secret_get = sqlite_secret_get,
    .secret_version = sqlite_secret_version,
    .secret_delete_all = sqlite_secret_delete_all,
    .audit_append = sqlite_audit_append,
    .audit_each = sqlite_audit_each,
    .installation = sqlite_installation,
    .close = sqlite_close,
    .tidy = sqlite_tidy,
};

/* SQLite makes its log with the mode of the database, so only the database's needs care. */
static int make_private_database(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return error_set(err, ERROR_FAILED, NULL, "cannot make %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return file_check_private(path, err);
}

static int connect_database(struct sqlite_store *store, const char *name, struct error *err)
{
    int result =
        sqlite3_open_v2(name, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!store->db)
        return error_no_memory(err);
    if (result != SQLITE_OK)
        return sqlite_failed(store, result, err);
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    /* A commit is on the disk when it returns; what is deleted is overwritten; nothing is sorted in
     * files of /var/tmp. */
    result = sqlite3_exec(store->db,
                          "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                          " PRAGMA temp_store = MEMORY",
                          NULL, NULL, NULL);
    log_watch(store);
    return result == SQLITE_OK ? 0 : sqlite_failed(store, result, err);
}

static int read_installation(struct sqlite_store *store, struct error *err)
{
    char *name = NULL;
    if (meta_get(store, "installation", &name, err) < 0)
        return -1;
    if (!name || strlen(name) != STORE_INSTALLATION) {
        free(name);
        return sqlite_failed(store, SQLITE_CORRUPT, err);
    }
    strcpy(store->installation, name);
    free(name);
    return 0;
}

/* Takes path and key_path. folder NULL: in memory. */
static struct store *open_store(char *path, char *key_path, const char *folder, struct clock *clock,
                                struct error *err)
{
    struct sqlite_store *store = calloc(1, sizeof *store);
    if (!store || !path || (folder && !key_path)) {
        free(store);
        free(path);
        free(key_path);
        error_no_memory(err);
        return NULL;
    }
    store->base.ops = &sqlite_ops;
    store->clock = clock;
    store->path = path;
    store->key_path = key_path;
    store->opener = getpid();
    if (connect_database(store, path, err) < 0 || schema_ensure(store, folder, err) < 0 ||
        read_installation(store, err) < 0) {
        sqlite_close(&store->base);
        return NULL;
    }
    return &store->base;
}

struct store *store_open(const char *folder, struct clock *clock, struct error *err)
{
    if (file_make_private_folder(folder, err) < 0)
        return NULL;
    char *path = text_format("%s/flexhost.db", folder);
    if (path && make_private_database(path, err) < 0) {
        free(path);
        return NULL;
    }
    return open_store(path, text_format("%s/secret.key", folder), folder, clock, err);
}

struct store *store_open_memory(struct clock *clock, struct error *err)
{
    struct store *store = open_store(strdup(":memory:"), NULL, NULL, clock, err);
    if (!store)
        return NULL;
    struct sqlite_store *memory = sqlite_of(store);
    if (RAND_bytes(memory->memory_key, sizeof memory->memory_key) != 1) {
        error_set(err, ERROR_FAILED, NULL, "OpenSSL has no random numbers to make a key of");
        sqlite_close(store);
        return NULL;
    }
    return store;
}

void secret_wipe(char *value, size_t length)
{
    if (!value)
        return;
    OPENSSL_cleanse(value, length);
    free(value);
}
