/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of texts and JSON. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int digest_text(const char *data, size_t length, char hex[DIGEST_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(data, length, raw, &size, EVP_sha256(), NULL) != 1)
        return -1;
    for (unsigned int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", raw[i]);
    return 0;
}

int digest_json(const json_t *json, char hex[DIGEST_HEX])
{
    char *text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text)
        return -1;
    int result = digest_text(text, strlen(text), hex);
    free(text);
    return result;
}
