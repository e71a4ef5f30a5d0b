/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-GCM over short values. A sealed value is nonce, ciphertext, tag. */
#include "store/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

int seal(const unsigned char key[SEAL_KEY], const char *label, size_t label_length,
         const char *value, size_t length, unsigned char *sealed)
{
    if (length > SEAL_LONGEST || label_length > SEAL_LONGEST || RAND_bytes(sealed, SEAL_NONCE) != 1)
        return -1;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char *text = sealed + SEAL_NONCE;
    int done = 0;
    int result = -1;
    if (context && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, sealed) == 1 &&
        EVP_EncryptUpdate(context, NULL, &done, (const unsigned char *)label, (int)label_length) ==
            1 &&
        EVP_EncryptUpdate(context, text, &done, (const unsigned char *)value, (int)length) == 1 &&
        EVP_EncryptFinal_ex(context, text + length, &done) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, SEAL_TAG, text + length) == 1)
        result = 0;
    EVP_CIPHER_CTX_free(context);
    return result;
}

int unseal(const unsigned char key[SEAL_KEY], const char *label, size_t label_length,
           const unsigned char *sealed, size_t length, char *value)
{
    if (length < SEAL_OVERHEAD || length > SEAL_LONGEST + SEAL_OVERHEAD)
        return -1;
    size_t value_length = length - SEAL_OVERHEAD;
    const unsigned char *text = sealed + SEAL_NONCE;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char spare[16]; /* GCM writes nothing at the end */
    int done = 0;
    int result = -1;
    if (context && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, sealed) == 1 &&
        EVP_DecryptUpdate(context, NULL, &done, (const unsigned char *)label, (int)label_length) ==
            1 &&
        EVP_DecryptUpdate(context, (unsigned char *)value, &done, text, (int)value_length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, SEAL_TAG,
                            (void *)(text + value_length)) == 1 &&
        EVP_DecryptFinal_ex(context, spare, &done) == 1)
        result = 0;
    EVP_CIPHER_CTX_free(context);
    /* Decrypted before it is known to be genuine. */
    if (result < 0)
        OPENSSL_cleanse(value, value_length);
    return result;
}
