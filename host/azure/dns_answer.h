/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a DNS answer as texts. */
#ifndef FLEXHOST_AZURE_DNS_ANSWER_H
#define FLEXHOST_AZURE_DNS_ANSWER_H

#include <jansson.h>

/* The number of a record type, -1 if it is not one of those we read. */
int dns_type(const char *name);

/* Array of texts as zone files have them: "10.0.0.4", "0 100 389 dc1.corp.example". NULL without
 * memory, or when the answer cannot be read. */
json_t *dns_answers(int type, const unsigned char *data, int length);

#endif
