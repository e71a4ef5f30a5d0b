/* SPDX-License-Identifier: Apache-2.0 */
/* Each type of value: its check and its one way of being written. */
#include "rules/value_forms.h"

#include "base/text.h"
#include "rules/address.h"
#include "rules/duration.h"
#include "rules/forms.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int take(struct value_finding *finding, char *normal, int64_t measure, struct error *err)
{
    if (!normal)
        return error_no_memory(err);
    finding->normal = normal;
    finding->measure = measure;
    return 0;
}

static int64_t characters(const char *text)
{
    int64_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static int check_string(const struct value_rule *rule, const char *text,
                        struct value_finding *finding, struct error *err)
{
    size_t length = strlen(text);
    if (!form_is_text(text, length))
        return error_set(err, ERROR_USAGE, rule->field,
                         "the value holds a control character or is not UTF-8: write plain text");
    return take(finding, strdup(text), characters(text), err);
}

static int check_name(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    if (!form_is_name(text))
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not a name: 1 to 64 letters, digits, spaces, periods, hyphens "
                         "or underscores, the first a letter or a digit, no space at the end",
                         text);
    return take(finding, strdup(text), characters(text), err);
}

static int parse_int(const char *text, int64_t *number)
{
    char *end;
    const char *digits = *text == '-' ? text + 1 : text;
    if (*digits < '0' || *digits > '9')
        return -1;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno || *end ? -1 : 0;
}

static int check_int(const struct value_rule *rule, const char *text, struct value_finding *finding,
                     struct error *err)
{
    int64_t number;
    if (parse_int(text, &number) < 0)
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not a whole number: write digits only, as in 20", text);
    return take(finding, text_format("%" PRId64, number), number, err);
}

static int check_port(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    int64_t number;
    if (parse_int(text, &number) < 0 || number < 1 || number > 65535)
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not a port: write a number from 1 to 65535", text);
    return take(finding, text_format("%" PRId64, number), number, err);
}

static int check_bool(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    if (strcasecmp(text, "yes") == 0 || strcasecmp(text, "true") == 0)
        return take(finding, strdup("yes"), VALUE_NO_MEASURE, err);
    if (strcasecmp(text, "no") == 0 || strcasecmp(text, "false") == 0)
        return take(finding, strdup("no"), VALUE_NO_MEASURE, err);
    return error_set(err, ERROR_USAGE, rule->field, "\"%s\" is neither yes nor no: write one",
                     text);
}

static int check_enum(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    return take(finding, strdup(text), VALUE_NO_MEASURE, err); /* rule.values says the rest */
}

static int check_cidr(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    struct cidr cidr;
    char normal[CIDR_TEXT];
    if (cidr_parse(rule->field, text, &cidr, err) < 0)
        return -1;
    cidr_format(cidr, normal);
    return take(finding, strdup(normal), cidr.prefix, err);
}

static int check_ipv4(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    uint32_t address;
    if (address_parse(rule->field, text, &address, err) < 0)
        return -1;
    return take(finding, strdup(text), VALUE_NO_MEASURE, err);
}

static int check_guid(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    if (!form_is_guid(text))
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not a GUID: write 8-4-4-4-12 hexadecimal digits, as in "
                         "01234567-89ab-cdef-0123-456789abcdef",
                         text);
    char *normal = strdup(text);
    for (char *at = normal; at && *at; at++)
        if (*at >= 'A' && *at <= 'F')
            *at = (char)(*at - 'A' + 'a');
    return take(finding, normal, VALUE_NO_MEASURE, err);
}

static int check_region(const struct value_rule *rule, const char *text,
                        struct value_finding *finding, struct error *err)
{
    if (rule->regions) {
        const struct region *region = region_require(rule->regions, rule->field, text, err);
        return region ? take(finding, strdup(region->name), VALUE_NO_MEASURE, err) : -1;
    }
    if (!form_is_name(text))
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not a region: write a name as in westeurope", text);
    return take(finding, strdup(text), VALUE_NO_MEASURE, err);
}

static int check_duration(const struct value_rule *rule, const char *text,
                          struct value_finding *finding, struct error *err)
{
    int64_t milliseconds;
    char normal[DURATION_TEXT];
    if (duration_parse(rule->field, text, &milliseconds, err) < 0)
        return -1;
    duration_format(milliseconds, normal);
    return take(finding, strdup(normal), milliseconds, err);
}

static int check_url(const struct value_rule *rule, const char *text, struct value_finding *finding,
                     struct error *err)
{
    size_t shown = strcspn(text, "?@"); /* what follows may be a secret */
    if (!form_is_url(text))
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%.*s%s\" is not a URL that is taken here: write https://HOST or "
                         "https://HOST:PORT/PATH without user, query or fragment (a signature in a "
                         "query is a secret, and no argument)",
                         (int)shown, text, text[shown] ? "…" : "");
    size_t length = strlen(text);
    while (text[length - 1] == '/')
        length--;
    return take(finding, strndup(text, length), VALUE_NO_MEASURE, err);
}

static int check_fqdn(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    if (!form_is_fqdn(text))
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not a fully qualified domain name: write names of letters, "
                         "digits and hyphens with periods between, as in corp.example.com",
                         text);
    return take(finding, strdup(text), characters(text), err);
}

static int check_email(const struct value_rule *rule, const char *text,
                       struct value_finding *finding, struct error *err)
{
    if (!form_is_email(text))
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not an e-mail address: write NAME@DOMAIN, as in "
                         "ann@example.com",
                         text);
    return take(finding, strdup(text), characters(text), err);
}

static int check_resource_id(const struct value_rule *rule, const char *text,
                             struct value_finding *finding, struct error *err)
{
    if (!form_is_resource_id(text))
        return error_set(err, ERROR_USAGE, rule->field,
                         "\"%s\" is not an Azure resource id: write /subscriptions/GUID/"
                         "resourceGroups/GROUP/providers/NAMESPACE/TYPE/NAME",
                         text);
    return take(finding, strdup(text), VALUE_NO_MEASURE, err);
}

static int check_secret_reference(const struct value_rule *rule, const char *text,
                                  struct value_finding *finding, struct error *err)
{
    if (!form_is_secret_reference(text)) /* it may be the secret itself: never repeat it */
        return error_set(err, ERROR_USAGE, rule->field,
                         "the value is no reference to a secret, and a secret itself is not taken "
                         "here: put it in a file of mode 0600 and write file:PATH, or write "
                         "env:VARIABLE or credential:NAME");
    return take(finding, strdup(text), VALUE_NO_MEASURE, err);
}

static int check_path(const struct value_rule *rule, const char *text,
                      struct value_finding *finding, struct error *err)
{
    size_t length = strlen(text);
    if (length == 0 || length >= VALUE_LONGEST || !form_is_text(text, length))
        return error_set(err, ERROR_USAGE, rule->field,
                         "the path is empty, too long, or holds control characters");
    return take(finding, strdup(text), VALUE_NO_MEASURE, err);
}

const struct value_form value_forms[VALUE_TYPES] = {
    [VALUE_STRING] = {"string", check_string},
    [VALUE_NAME] = {"name", check_name},
    [VALUE_INT] = {"int", check_int},
    [VALUE_BOOL] = {"bool", check_bool},
    [VALUE_ENUM] = {"enum", check_enum},
    [VALUE_CIDR] = {"cidr", check_cidr},
    [VALUE_IPV4] = {"ipv4", check_ipv4},
    [VALUE_PORT] = {"port", check_port},
    [VALUE_GUID] = {"guid", check_guid},
    [VALUE_REGION] = {"region", check_region},
    [VALUE_DURATION] = {"duration", check_duration},
    [VALUE_URL] = {"url", check_url},
    [VALUE_FQDN] = {"fqdn", check_fqdn},
    [VALUE_EMAIL] = {"email", check_email},
    [VALUE_RESOURCE_ID] = {"resource-id", check_resource_id},
    [VALUE_SECRET_REFERENCE] = {"secret-reference", check_secret_reference},
    [VALUE_PATH] = {"path", check_path},
};
