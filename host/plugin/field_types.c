/* SPDX-License-Identifier: Apache-2.0 */
/* The types that flexhost/plugin.h lists. */
#include "plugin/field_types.h"

#include <string.h>

static const struct {
    const char *name;
    enum field_class class;
    enum value_type type;
} types[] = {
    {"string", FIELD_TEXT, VALUE_STRING},
    {"name", FIELD_TEXT, VALUE_NAME},
    {"int", FIELD_NUMBER, VALUE_INT},
    {"bool", FIELD_TRUTH, VALUE_BOOL},
    {"enum", FIELD_TEXT, VALUE_ENUM},
    {"cidr", FIELD_TEXT, VALUE_CIDR},
    {"ipv4", FIELD_TEXT, VALUE_IPV4},
    {"port", FIELD_NUMBER, VALUE_PORT},
    {"guid", FIELD_TEXT, VALUE_GUID},
    {"region", FIELD_TEXT, VALUE_REGION},
    {"duration", FIELD_SECONDS, VALUE_DURATION},
    {"url", FIELD_TEXT, VALUE_URL},
    {"fqdn", FIELD_TEXT, VALUE_FQDN},
    {"email", FIELD_TEXT, VALUE_EMAIL},
    {"resource-id", FIELD_TEXT, VALUE_RESOURCE_ID},
    {"path", FIELD_TEXT, VALUE_PATH},
    {"secret", FIELD_SECRET, VALUE_STRING},
    {"credential", FIELD_CREDENTIAL, VALUE_STRING},
    {"object", FIELD_OBJECT, VALUE_STRING},
    /* What they name is looked up when the request is made. */
    {"connection", FIELD_TEXT, VALUE_STRING},
    {"image", FIELD_TEXT, VALUE_STRING},
    {"key", FIELD_TEXT, VALUE_STRING},
    {"size", FIELD_TEXT, VALUE_STRING},
};

bool field_class_find(const char *name, enum field_class *class, enum value_type *type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) != 0)
            continue;
        *class = types[i].class;
        if (type)
            *type = types[i].type;
        return true;
    }
    return false;
}
