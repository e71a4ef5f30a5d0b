/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of texts that name things elsewhere: plain yes or no, the caller words the error. */
#ifndef FLEXHOST_RULES_FORMS_H
#define FLEXHOST_RULES_FORMS_H

#include <stdbool.h>
#include <stddef.h>

/* Valid UTF-8 without control characters. */
bool form_is_text(const char *text, size_t length);
/* Where the first byte stands that is not part of valid UTF-8; `length` if all are. */
size_t form_utf8_end(const char *text, size_t length);
bool form_is_name(const char *text);
bool form_is_guid(const char *text);
/* Labels of letters, digits and hyphens, two at least. */
bool form_is_fqdn(const char *text);
bool form_is_email(const char *text);
/* "/subscriptions/GUID/resourceGroups/NAME/providers/NAMESPACE/TYPE/NAME...", or a prefix of it
 * that ends at a name. */
bool form_is_resource_id(const char *text);
/* http or https, a host, perhaps a port and a path; no user, query or fragment. */
bool form_is_url(const char *text);
/* "file:", "env:" or "credential:" and what these take. */
bool form_is_secret_reference(const char *text);

#endif
