/* SPDX-License-Identifier: Apache-2.0 */
/* Text: comparing, encoding, dates, and reaching into JSON. */
#ifndef AZURE_LOCAL_TEXT_H
#define AZURE_LOCAL_TEXT_H

#include "pool.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

bool same_text(const char *a, const char *b); /* without regard to case */
bool starts_with(const char *text, const char *start);
bool ends_with(const char *text, const char *end);
/* `*` stands for any run of characters; without regard to case. */
bool text_matches(const char *pattern, const char *text);
/* The next field of *rest, cut at any of `marks` and trimmed; NULL at the end. Writes into the
 * text. */
char *next_field(char **rest, const char *marks);

char *url_decode(struct pool *pool, const char *text, size_t length, bool form);
char *url_encode(struct pool *pool, const char *text);
char *base64_encode(struct pool *pool, const void *data, size_t size);
unsigned char *base64_decode(struct pool *pool, const char *text, size_t length, size_t *size);
char *base64url_encode(struct pool *pool, const void *data, size_t size);

char *iso_time(struct pool *pool, int64_t milliseconds);
char *http_date(struct pool *pool, int64_t milliseconds);
/* Takes 2024-05-01T10:00:00Z and 2024-05-01; -1 when it is neither. */
int64_t parse_time(const char *text);

/* Follows names parted by points; NULL when one is absent. */
json_t *dig(const json_t *json, const char *path);
const char *dig_text(const json_t *json, const char *path);
/* Puts `value` (whose reference it takes) at the path, making the objects on the way. */
void plant(json_t *json, const char *path, json_t *value);
/* Only if nothing is there. */
void plant_default(json_t *json, const char *path, json_t *value);

#endif
