/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets while they are in memory. */
#include "command/secret_text.h"

#include <openssl/crypto.h>
#include <string.h>

static const char *const alphabets[] = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz",
                                        "23456789", "-_.+="};

static char pick(struct clock *clock, const char *alphabet)
{
    return alphabet[clock_random(clock) % strlen(alphabet)];
}

/* The first four give each class its character, whatever the rest is. */
void secret_password(struct clock *clock, char password[SECRET_PASSWORD_SIZE])
{
    const size_t classes = sizeof alphabets / sizeof *alphabets;
    for (size_t i = 0; i < SECRET_PASSWORD_SIZE - 1; i++)
        password[i] = pick(clock, alphabets[i < classes ? i : i % 3]);
    password[SECRET_PASSWORD_SIZE - 1] = '\0';
}

void secret_text_wipe(char *text, size_t size)
{
    OPENSSL_cleanse(text, size);
}

void secrets_json_wipe(json_t *secrets)
{
    const char *name;
    json_t *value;
    json_object_foreach(secrets, name, value)
    {
        char *text = (char *)json_string_value(value);
        if (text)
            OPENSSL_cleanse(text, json_string_length(value));
    }
    json_decref(secrets);
}
