/* SPDX-License-Identifier: Apache-2.0 */
/* The INI's credentials as the Azure client takes them. */
#include "command/credentials.h"

#include "base/file.h"
#include "command/sign_in.h"
#include "config/secret_reference.h"

#include <stdlib.h>
#include <string.h>

enum { PEM_LIMIT = 256 * 1024 };

static int fetch_secret(void *context, char **value, size_t *length, struct error *err)
{
    const struct credential_config *credential = context;
    if (secret_resolve(credential->client_secret, value, length, err) == 0)
        return 0;
    return error_prefix(err, "the client secret of [credential \"%s\"] (%s)", credential->name,
                        credential->source);
}

/* Certificate and key as one PEM text, wherever the INI keeps them. */
static int fetch_certificate(void *context, char **value, size_t *length, struct error *err)
{
    const struct credential_config *credential = context;
    if (!credential->private_key_file)
        return file_read_private(credential->certificate_file, PEM_LIMIT, value, length, err);
    char *key = NULL, *certificate = NULL;
    size_t key_length = 0, certificate_length = 0;
    int result = -1;
    if (file_read_private(credential->private_key_file, PEM_LIMIT, &key, &key_length, err) == 0 &&
        file_read(credential->certificate_file, PEM_LIMIT, &certificate, &certificate_length,
                  err) == 0) {
        *length = key_length + 1 + certificate_length;
        *value = malloc(*length + 1);
        result = *value ? 0 : error_no_memory(err);
    }
    if (result == 0) {
        memcpy(*value, key, key_length);
        (*value)[key_length] = '\n';
        memcpy(*value + key_length + 1, certificate, certificate_length + 1);
    }
    secret_free(key, key_length);
    free(certificate);
    return result;
}

static enum arm_credential_kind kind_of(const struct credential_config *credential)
{
    switch (credential->type) {
    case CREDENTIAL_CLIENT_CERTIFICATE:
        return ARM_CLIENT_CERTIFICATE;
    case CREDENTIAL_MANAGED_IDENTITY:
        return ARM_MANAGED_IDENTITY;
    case CREDENTIAL_DEVICE_CODE:
        return ARM_PERSON;
    case CREDENTIAL_CLIENT_SECRET:
    case CREDENTIAL_ENVIRONMENT:
        break;
    }
    return ARM_CLIENT_SECRET;
}

struct arm_credential *credentials_of(const struct config *config, struct sign_ins *sign_ins,
                                      size_t *count)
{
    *count = config->credential_count;
    struct arm_credential *credentials = calloc(*count + 1, sizeof *credentials);
    for (size_t i = 0; credentials && i < *count; i++) {
        const struct credential_config *from = &config->credentials[i];
        enum arm_credential_kind kind = kind_of(from);
        credentials[i] = (struct arm_credential){
            .name = from->name,
            .kind = kind,
            .tenant = from->tenant,
            .client_id = from->client_id,
            .source = from->source,
            .fetch = kind == ARM_CLIENT_CERTIFICATE ? fetch_certificate : fetch_secret,
            .release = secret_free,
            .context = (void *)from,
        };
        if (kind == ARM_PERSON)
            sign_in_fill(sign_ins, i, &credentials[i]);
    }
    return credentials;
}
