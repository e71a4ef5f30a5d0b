/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-GCM over short values. */
#ifndef FLEXHOST_STORE_SEAL_H
#define FLEXHOST_STORE_SEAL_H

#include <stddef.h>

enum {
    SEAL_KEY = 32,
    SEAL_NONCE = 12,
    SEAL_TAG = 16,
    SEAL_OVERHEAD = SEAL_NONCE + SEAL_TAG,
    SEAL_LONGEST = 1 << 20 /* bytes of a value */
};

/* label is authenticated with the value, so that a value moved to another place does not open.
 * sealed takes length + SEAL_OVERHEAD bytes. 0, or -1 when the library fails. */
int seal(const unsigned char key[SEAL_KEY], const char *label, size_t label_length,
         const char *value, size_t length, unsigned char *sealed);
/* value takes length - SEAL_OVERHEAD bytes, wiped again when it fails: another key or label, or
 * bytes that were changed. */
int unseal(const unsigned char key[SEAL_KEY], const char *label, size_t label_length,
           const unsigned char *sealed, size_t length, char *value);

#endif
