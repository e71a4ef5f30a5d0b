/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the answers to a person's sign-in. */
#include "azure/signin_answer.h"

#include "azure/url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LONGEST_TOKEN = 64 * 1024,
    LONGEST_CODE = 64,
    LONGEST_URL = 512,
    LONGEST_USER = 256,
    LONGEST_GRANT_S = 10 * 366 * 24 * 3600
};

static const char *text_of(const json_t *body, const char *key)
{
    return json_string_value(json_object_get(body, key));
}

/* ---- the code ---- */

/* A person will open it: nothing that leads elsewhere than it seems to. */
static bool is_page(const char *url)
{
    struct error err = ERROR_INIT;
    bool good = token_is_word(url, LONGEST_URL) && strncasecmp(url, "https://", 8) == 0 &&
                url_check_endpoint(url, "verification_uri", &err) == 0;
    error_clear(&err);
    return good;
}

int signin_read_code(const struct arm_credential *credential, const json_t *body,
                     struct arm_code *code, struct error *err)
{
    *code = (struct arm_code){.credential = credential->name,
                              .url = text_of(body, "verification_uri"),
                              .code = text_of(body, "user_code")};
    if (!token_is_word(code->code, LONGEST_CODE) ||
        !token_is_word(text_of(body, "device_code"), LONGEST_TOKEN))
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "credential \"%s\" (%s): the answer holds no code to sign in with; check "
                         "[azure] authority",
                         credential->name, credential->source);
    if (!is_page(code->url))
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "credential \"%s\" (%s): the page to sign in at is no https address, and "
                         "is not shown; check [azure] authority",
                         credential->name, credential->source);
    return 0;
}

/* ---- who it is ---- */

/* The claims of a JSON web token. It came from the authority itself, so its signature adds nothing:
 * OpenID Connect Core 3.1.3.7. */
static json_t *claims_of(const char *token)
{
    const char *start = token ? strchr(token, '.') : NULL;
    size_t length = start ? strcspn(++start, ".") : 0, size = (length + 3) / 4 * 4;
    if (length == 0 || length > LONGEST_TOKEN)
        return NULL;
    char *text = malloc(size + 1);
    unsigned char *data = malloc(size);
    json_t *claims = NULL;
    if (text && data) {
        for (size_t i = 0; i < size; i++)
            text[i] = (char)(i >= length       ? '='
                             : start[i] == '-' ? '+'
                             : start[i] == '_' ? '/'
                                               : start[i]);
        int decoded = EVP_DecodeBlock(data, (unsigned char *)text, (int)size);
        if (decoded > (int)(size - length))
            claims = json_loadb((char *)data, (size_t)decoded - (size - length), 0, NULL);
        OPENSSL_cleanse(text, size);
        OPENSSL_cleanse(data, size);
    }
    free(text);
    free(data);
    return claims;
}

static bool is_name(const char *text)
{
    if (!text || !*text || strlen(text) > LONGEST_USER)
        return false;
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* NULL: the token does not say. */
static char *user_of(const char *token)
{
    static const char *const names[] = {"preferred_username", "upn", "email", "unique_name",
                                        "name"};
    json_t *claims = claims_of(token);
    char *user = NULL;
    for (size_t i = 0; !user && i < sizeof names / sizeof *names; i++)
        if (is_name(text_of(claims, names[i])))
            user = strdup(text_of(claims, names[i]));
    json_decref(claims);
    return user;
}

int signin_keep(const struct arm_credential *credential, const json_t *body, bool renewed,
                struct error *err)
{
    const json_t *life = json_object_get(body, "refresh_token_expires_in");
    int64_t seconds = (int64_t)json_integer_value(life);
    struct arm_grant grant = {.refresh_token = text_of(body, "refresh_token"), .renewed = renewed};
    if (!token_is_word(grant.refresh_token, LONGEST_TOKEN)) {
        if (renewed)
            return 0;
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "credential \"%s\" (%s): Azure gave no refresh token, so that the sign-in "
                         "cannot be kept; let the application have offline_access",
                         credential->name, credential->source);
    }
    if (seconds > 0 && seconds <= LONGEST_GRANT_S)
        grant.life_ms = seconds * 1000;
    char *user = user_of(text_of(body, "id_token"));
    grant.user = user ? user : "";
    int result = credential->person->keep(credential->context, &grant, err);
    free(user);
    return result == 0 ? 0 : token_name_credential(credential, err);
}

void signin_wipe(json_t *body)
{
    const char *key;
    json_t *value;
    json_object_foreach(body, key, value)
    {
        if (json_is_string(value))
            OPENSSL_cleanse((char *)json_string_value(value), json_string_length(value));
    }
}

/* ---- refusals ---- */

int signin_refuse_expired(const struct arm_credential *credential, int64_t life_ms,
                          struct error *err)
{
    return error_set(err, ERROR_CREDENTIALS, NULL,
                     "credential \"%s\" (%s): the code was not entered within %lld minutes and has "
                     "expired; run the command again for another",
                     credential->name, credential->source, (long long)((life_ms + 59999) / 60000));
}

int signin_refuse_declined(const struct arm_credential *credential, struct error *err)
{
    return error_set(err, ERROR_CREDENTIALS, NULL,
                     "credential \"%s\" (%s): the sign-in was declined; run the command again and "
                     "accept it, or have an administrator of the tenant admit the application",
                     credential->name, credential->source);
}
