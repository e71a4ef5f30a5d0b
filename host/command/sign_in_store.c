/* SPDX-License-Identifier: Apache-2.0 */
/* What the store keeps of a person's sign-in. */
#include "command/sign_in_store.h"

#include "base/json_text.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char token_name[] = "refresh-token";
static const char account_name[] = "sign-in";

/* Names of credentials are the same in whatever case. */
static char *owner_of(const char *credential, struct error *err)
{
    char *name = text_lower(credential);
    char *owner = name ? text_format("credential/%s", name) : NULL;
    free(name);
    if (!owner)
        error_no_memory(err);
    return owner;
}

int sign_in_store_version(struct store *store, const char *credential, int64_t *version,
                          struct error *err)
{
    char *owner = owner_of(credential, err);
    int result = owner ? store->ops->secret_version(store, owner, token_name, version, err) : -1;
    free(owner);
    return result;
}

int sign_in_store_token(struct store *store, const char *credential, char **value, size_t *length,
                        int64_t *version, struct error *err)
{
    char *owner = owner_of(credential, err);
    int result =
        owner ? store->ops->secret_get(store, owner, token_name, value, length, version, err) : -1;
    free(owner);
    return result;
}

int sign_in_store_account(struct store *store, const char *credential, json_t **account,
                          struct error *err)
{
    char *owner = owner_of(credential, err), *value = NULL;
    size_t length = 0;
    int64_t version = 0;
    *account = NULL;
    int result =
        owner ? store->ops->secret_get(store, owner, account_name, &value, &length, &version, err)
              : -1;
    if (result == 0 && value)
        *account = json_loadb(value, length, 0, NULL);
    if (result == 0 && value && !*account)
        result =
            error_set(err, ERROR_FAILED, NULL,
                      "what is kept of the sign-in with \"%s\" cannot be read: sign out and in "
                      "again",
                      credential);
    secret_wipe(value, length);
    free(owner);
    return result;
}

static int put_both(struct store *store, const char *owner, const char *token,
                    const json_t *account, struct error *err)
{
    char *text = json_text(account);
    if (!text)
        return error_no_memory(err);
    int result = store->ops->secret_put(store, owner, account_name, text, strlen(text), err);
    if (result == 0 && token)
        result = store->ops->secret_put(store, owner, token_name, token, strlen(token), err);
    free(text);
    return result;
}

/* token NULL: the account alone. */
static int put_if(struct store *store, const char *owner, const char *token, const json_t *account,
                  int64_t expected, int64_t *version, struct error *err)
{
    if (store->ops->begin(store, err) < 0)
        return -1;
    int result = store->ops->secret_version(store, owner, token_name, version, err);
    bool write = result == 0 && (expected < 0 || expected == *version);
    if (write)
        result = put_both(store, owner, token, account, err);
    if (write && result == 0)
        result = store->ops->secret_version(store, owner, token_name, version, err);
    if (write && result == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return result;
}

int sign_in_store_keep(struct store *store, const char *credential, const char *token,
                       const json_t *account, int64_t expected, int64_t *version, struct error *err)
{
    char *owner = owner_of(credential, err);
    int result = owner ? put_if(store, owner, token, account, expected, version, err) : -1;
    free(owner);
    return result;
}

int sign_in_store_note(struct store *store, const char *credential, const json_t *account,
                       int64_t version, struct error *err)
{
    int64_t there;
    return sign_in_store_keep(store, credential, NULL, account, version, &there, err);
}

int sign_in_store_forget(struct store *store, const char *credential, struct error *err)
{
    char *owner = owner_of(credential, err);
    if (!owner)
        return -1;
    int result = store->ops->begin(store, err);
    if (result == 0) {
        result = store->ops->secret_delete_all(store, owner, err);
        if (result == 0)
            result = store->ops->commit(store, err);
        else
            store->ops->rollback(store);
    }
    free(owner);
    return result;
}
