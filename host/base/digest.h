/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of texts and of JSON in its canonical form. */
#ifndef FLEXHOST_BASE_DIGEST_H
#define FLEXHOST_BASE_DIGEST_H

#include <jansson.h>
#include <stddef.h>

enum { DIGEST_HEX = 65 };

/* Writes 64 hexadecimal digits and a NUL. Returns 0, -1 when the library fails. */
int digest_text(const char *data, size_t length, char hex[DIGEST_HEX]);
/* Of the compact form with sorted keys: equal JSON, equal digest. */
int digest_json(const json_t *json, char hex[DIGEST_HEX]);

#endif
