/* SPDX-License-Identifier: Apache-2.0 */
/* What every transport's answers have in common. */
#include "base/transport.h"

#include <strings.h>

const char *http_response_header(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (strcasecmp(response->headers[i].name, name) == 0)
            return response->headers[i].value;
    return NULL;
}
