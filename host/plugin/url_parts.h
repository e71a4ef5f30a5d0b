/* SPDX-License-Identifier: Apache-2.0 */
/* A URL in its parts, as fh_url() of flexhost/calls.h tells them. */
#ifndef FLEXHOST_PLUGIN_URL_PARTS_H
#define FLEXHOST_PLUGIN_URL_PARTS_H

#include <jansson.h>

/* NULL: it is no absolute URL, or names a user. The caller decrefs. */
json_t *url_parts(const char *text);

#endif
