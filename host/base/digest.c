/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of texts and JSON. */
#include "base/digest.h"

#include "base/json_text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int digest_text(const char *data, size_t length, char hex[DIGEST_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(data, length, raw, &size, EVP_sha256(), NULL) != 1)
        return -1;
    static const char digits[] = "0123456789abcdef";
    for (unsigned int i = 0; i < 32; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[64] = '\0';
    return 0;
}

int digest_json(const json_t *json, char hex[DIGEST_HEX])
{
    char *text = json_text(json);
    if (!text)
        return -1;
    int result = digest_text(text, strlen(text), hex);
    free(text);
    return result;
}
