/* SPDX-License-Identifier: Apache-2.0 */
/* Every type of field: what it takes, how it writes it, what it refuses. */
#include "rules/value.h"
#include "rules_suites.h"

#include <stdlib.h>
#include <string.h>

#define GUID "01234567-89ab-cdef-0123-456789abcdef"
#define ID   "/subscriptions/" GUID "/resourceGroups/rg"

static const struct region region_list[] = {{"westus3", "West US 3", "US"}};
static const struct region_table regions = {region_list, 1};

static const struct {
    struct value_rule rule;
    const char *text;
    const char *normal;  /* NULL: refused */
    const char *problem; /* part of the message */
} values[] = {
    {{.type = VALUE_STRING}, "any text", "any text", NULL},
    {{.type = VALUE_STRING}, "a\tb", NULL, "control character"},
    {{.type = VALUE_STRING}, "\xC0\x80", NULL, "not UTF-8"},         /* overlong */
    {{.type = VALUE_STRING}, "\xED\xA0\x80", NULL, "not UTF-8"},     /* a surrogate */
    {{.type = VALUE_STRING}, "\xF4\x90\x80\x80", NULL, "not UTF-8"}, /* past U+10FFFF */
    {{.type = VALUE_STRING}, "\xE2\x82", NULL, "not UTF-8"},         /* cut off */
    {{.type = VALUE_STRING}, "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", NULL},
    {{.type = VALUE_STRING, .max = 3},
     "\xC3\xA4\xC3\xB6\xC3\xBC",
     "\xC3\xA4\xC3\xB6\xC3\xBC",
     NULL},
    {{.type = VALUE_STRING, .max = 3}, "four", NULL, "has a length of 4: it takes 0 to 3"},
    {{.type = VALUE_STRING, .pattern = "[a-z]+"}, "abc", "abc", NULL},
    {{.type = VALUE_STRING, .pattern = "[a-z]+"}, "abc1", NULL, "it must match [a-z]+"},
    {{.type = VALUE_STRING, .pattern = "a|b"}, "ab", NULL, "it must match"},
    {{.type = VALUE_STRING, .pattern = "[a-z]+", .pattern_help = "letters"},
     "1",
     NULL,
     "it takes letters"},
    {{.type = VALUE_NAME}, "Sales 2-b", "Sales 2-b", NULL},
    {{.type = VALUE_NAME}, "-a", NULL, "is not a name"},
    {{.type = VALUE_NAME}, "a ", NULL, "is not a name"},
    {{.type = VALUE_NAME}, "", NULL, "is not a name"},
    {{.type = VALUE_NAME}, "a/b", NULL, "is not a name"},
    {{.type = VALUE_INT}, "042", "42", NULL},
    {{.type = VALUE_INT}, "-1", "-1", NULL},
    {{.type = VALUE_INT}, "1x", NULL, "is not a whole number"},
    {{.type = VALUE_INT}, " 1", NULL, "is not a whole number"},
    {{.type = VALUE_INT}, "99999999999999999999", NULL, "is not a whole number"},
    {{.type = VALUE_INT, .min = 4, .max = 120}, "4", "4", NULL},
    {{.type = VALUE_INT, .min = 4, .max = 120}, "121", NULL, "the value is 121: it takes 4 to 120"},
    {{.type = VALUE_INT, .min = 1, .max = 10}, "-1", NULL, "it takes 1 to 10"},
    {{.type = VALUE_INT, .min = 4}, "3", NULL, "it takes at least 4"},
    {{.type = VALUE_INT, .min = 4}, "300", "300", NULL},
    {{.type = VALUE_BOOL}, "TRUE", "yes", NULL},
    {{.type = VALUE_BOOL}, "no", "no", NULL},
    {{.type = VALUE_BOOL}, "1", NULL, "neither yes nor no"},
    {{.type = VALUE_ENUM, .values = "static|random"}, "random", "random", NULL},
    {{.type = VALUE_ENUM, .values = "static|random"},
     "randon",
     NULL,
     "write static or random (did you mean random?)"},
    {{.type = VALUE_ENUM, .values = "static|random"}, "static|random", NULL, "not one of"},
    {{.type = VALUE_CIDR}, "10.0.0.0/24", "10.0.0.0/24", NULL},
    {{.type = VALUE_CIDR}, "10.0.0.1/24", NULL, "10.0.0.0/24"},
    {{.type = VALUE_CIDR, .min = 16, .max = 24},
     "10.0.0.0/25",
     NULL,
     "the value is /25: it takes /16 to /24"},
    {{.type = VALUE_IPV4}, "10.0.0.4", "10.0.0.4", NULL},
    {{.type = VALUE_IPV4}, "10.0.0.04", NULL, "is not an IPv4 address"},
    {{.type = VALUE_PORT}, "443", "443", NULL},
    {{.type = VALUE_PORT}, "0", NULL, "from 1 to 65535"},
    {{.type = VALUE_PORT}, "65536", NULL, "from 1 to 65535"},
    {{.type = VALUE_GUID}, "01234567-89AB-cdef-0123-456789abcdef", GUID, NULL},
    {{.type = VALUE_GUID}, "{" GUID "}", NULL, "is not a GUID"},
    {{.type = VALUE_GUID}, "0123456789abcdef0123456789abcdef", NULL, "is not a GUID"},
    {{.type = VALUE_REGION, .regions = &regions}, "West US 3", "westus3", NULL},
    {{.type = VALUE_REGION, .regions = &regions}, "westus", NULL, "did you mean westus3"},
    {{.type = VALUE_REGION}, "anywhere", "anywhere", NULL},
    {{.type = VALUE_DURATION}, "120s", "2m", NULL},
    {{.type = VALUE_DURATION, .min = 1000, .max = 60000}, "2m", NULL, "it takes 1s to 1m"},
    {{.type = VALUE_URL}, "https://management.azure.com/", "https://management.azure.com", NULL},
    {{.type = VALUE_URL}, "https://127.0.0.1:8443", "https://127.0.0.1:8443", NULL},
    {{.type = VALUE_URL}, "https://user@host.example", NULL, "is not a URL"},
    {{.type = VALUE_URL}, "https://host:0", NULL, "is not a URL"},
    {{.type = VALUE_URL}, "https://host:0443", NULL, "is not a URL"},
    {{.type = VALUE_URL}, "https://host:65536", NULL, "is not a URL"},
    {{.type = VALUE_URL}, "ftp://host", NULL, "is not a URL"},
    {{.type = VALUE_URL}, "https://", NULL, "is not a URL"},
    {{.type = VALUE_URL}, "https://host/a b", NULL, "is not a URL"},
    {{.type = VALUE_URL}, "https://host/?q", NULL, "is not a URL"},
    {{.type = VALUE_FQDN}, "corp.example.com", "corp.example.com", NULL},
    {{.type = VALUE_FQDN}, "corp", NULL, "is not a fully qualified domain name"},
    {{.type = VALUE_FQDN}, "corp..com", NULL, "is not a fully qualified"},
    {{.type = VALUE_FQDN}, "-a.com", NULL, "is not a fully qualified"},
    {{.type = VALUE_FQDN}, "10.0.0.4", NULL, "is not a fully qualified"},
    {{.type = VALUE_EMAIL}, "ann@example.com", "ann@example.com", NULL},
    {{.type = VALUE_EMAIL}, "ann", NULL, "is not an e-mail address"},
    {{.type = VALUE_EMAIL}, "@example.com", NULL, "is not an e-mail address"},
    {{.type = VALUE_EMAIL}, "a b@example.com", NULL, "is not an e-mail address"},
    {{.type = VALUE_RESOURCE_ID}, ID, ID, NULL},
    {{.type = VALUE_RESOURCE_ID},
     ID "/providers/Microsoft.Network/virtualHubs/hub",
     ID "/providers/Microsoft.Network/virtualHubs/hub",
     NULL},
    {{.type = VALUE_RESOURCE_ID},
     ID "/providers/Microsoft.Network/virtualHubs",
     NULL,
     "is not an Azure resource id"},
    {{.type = VALUE_RESOURCE_ID}, ID "/../x", NULL, "is not an Azure resource id"},
    {{.type = VALUE_RESOURCE_ID}, ID "?api-version=1", NULL, "is not an Azure resource id"},
    {{.type = VALUE_RESOURCE_ID}, "/subscriptions/x", NULL, "is not an Azure resource id"},
    {{.type = VALUE_SECRET_REFERENCE}, "file:/a b/c", "file:/a b/c", NULL},
    {{.type = VALUE_SECRET_REFERENCE}, "env:NAME_1", "env:NAME_1", NULL},
    {{.type = VALUE_SECRET_REFERENCE}, "credential:arm-secret", "credential:arm-secret", NULL},
    {{.type = VALUE_SECRET_REFERENCE}, "env:1NAME", NULL, "no reference to a secret"},
    {{.type = VALUE_SECRET_REFERENCE}, "env:", NULL, "no reference to a secret"},
    {{.type = VALUE_SECRET_REFERENCE}, "credential:../x", NULL, "no reference to a secret"},
    {{.type = VALUE_SECRET_REFERENCE}, "hunter2", NULL, "write file:PATH"},
    {{.type = VALUE_PATH}, "/var/lib/flexhost", "/var/lib/flexhost", NULL},
    {{.type = VALUE_PATH}, "", NULL, "the path is empty"},
};

START_TEST(each_type_takes_what_it_should)
{
    struct error err = ERROR_INIT;
    struct value_rule rule = values[_i].rule;
    char *normal;
    rule.field = "--field";
    int result = value_check(&rule, values[_i].text, &normal, &err);
    if (values[_i].normal) {
        ck_assert_msg(result == 0, "%s: %s", values[_i].text, error_text(&err));
        ck_assert_str_eq(normal, values[_i].normal);
        free(normal);
        return;
    }
    ck_assert_msg(result == -1, "%s was taken", values[_i].text);
    ck_assert_ptr_null(normal);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_str_eq(err.field, "--field");
    ck_assert_msg(strstr(error_text(&err), values[_i].problem) != NULL, "%s", error_text(&err));
    error_clear(&err);
}
END_TEST

START_TEST(types_have_names)
{
    for (int i = 0; i < VALUE_TYPES; i++)
        ck_assert_int_eq(value_type_find(value_type_name((enum value_type)i)), i);
    ck_assert_int_eq(value_type_find("blob"), VALUE_TYPES);
}
END_TEST

START_TEST(a_secret_is_never_repeated)
{
    struct error err = ERROR_INIT;
    struct value_rule rule = {.field = "client-secret", .type = VALUE_SECRET_REFERENCE};
    ck_assert_int_eq(value_check(&rule, "hunter2", NULL, &err), -1);
    ck_assert_ptr_null(strstr(error_text(&err), "hunter2"));
    error_clear(&err);
}
END_TEST

START_TEST(a_giant_value_is_refused)
{
    struct error err = ERROR_INIT;
    struct value_rule rule = {.field = "f", .type = VALUE_STRING};
    char *giant = calloc(1, 100001);
    memset(giant, 'x', 100000);
    ck_assert_int_eq(value_check(&rule, giant, NULL, &err), -1);
    ck_assert_uint_lt(strlen(error_text(&err)), 200);
    free(giant);
    error_clear(&err);
}
END_TEST

TCase *rules_value_case(void)
{
    TCase *tcase = tcase_create("value");
    tcase_add_loop_test(tcase, each_type_takes_what_it_should, 0, sizeof values / sizeof *values);
    tcase_add_test(tcase, types_have_names);
    tcase_add_test(tcase, a_secret_is_never_repeated);
    tcase_add_test(tcase, a_giant_value_is_refused);
    return tcase;
}
