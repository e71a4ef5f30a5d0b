/* SPDX-License-Identifier: Apache-2.0 */
/* Declared fields: what an operator types, what a plugin gets, what is refused and how. */
#include "plugin/fields.h"

#include "tap_main.h"

#include <string.h>

static const struct fh_field route_fields[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "name"},
    {.name = "destination",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED,
     .help = "destination",
     .min = 16,
     .max = 24},
    {.name = "next-hop-type",
     .type = "enum",
     .flags = FH_FIELD_REQUIRED,
     .help = "next hop",
     .values = "VirtualAppliance|Internet"},
    {.name = "enabled", .type = "bool", .help = "enabled", .default_value = "yes"},
};

static const struct fh_field fields[] = {
    {.name = "address-range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "range of the machines",
     .min = 8,
     .max = 24,
     .immutable_advice = "create another connection"},
    {.name = "dns-server",
     .type = "ipv4",
     .flags = FH_FIELD_LIST,
     .help = "DNS servers",
     .max_count = 3},
    {.name = "idle", .type = "duration", .help = "idle time", .default_value = "4m"},
    {.name = "count", .type = "int", .help = "how many", .min = 1, .max = 9},
    {.name = "use-gateway", .type = "bool", .help = "gateway", .default_value = "no"},
    {.name = "psk", .type = "secret", .help = "pre-shared key", .min = 8, .max = 128},
    {.name = "credential", .type = "credential", .help = "credential"},
    {.name = "home", .type = "region", .help = "region"},
    {.name = "label",
     .type = "string",
     .help = "label",
     .max = 8,
     .pattern = "[a-z]+",
     .pattern_help = "small letters"},
    {.name = "route",
     .type = "object",
     .flags = FH_FIELD_LIST,
     .help = "routes",
     .fields = route_fields,
     .field_count = 4},
};
enum { FIELDS = sizeof fields / sizeof *fields };

struct good {
    const char *input, *previous, *output;
};

static const struct good good[] = {
    {"{'address-range':'10.0.0.0/24'}", NULL,
     "{'address-range':'10.0.0.0/24','idle':240,'use-gateway':false}"},
    {"{'address-range':'10.0.0.0/24','dns-server':['10.0.0.4','10.0.0.5'],'count':'7'}", NULL,
     "{'address-range':'10.0.0.0/24','dns-server':['10.0.0.4','10.0.0.5'],'idle':240,'count':7,"
     "'use-gateway':false}"},
    {"{'address-range':'10.0.0.0/24','dns-server':'10.0.0.4, 10.0.0.5','count':7,'idle':'90s',"
     "'use-gateway':'yes'}",
     NULL,
     "{'address-range':'10.0.0.0/24','dns-server':['10.0.0.4','10.0.0.5'],'idle':90,'count':7,"
     "'use-gateway':true}"},
    {"{'address-range':['10.0.0.0/24'],'route':['name=fw,destination=10.1.0.0/16,next-hop-type="
     "Internet',{'name':'x','destination':'10.2.0.0/16','next-hop-type':'VirtualAppliance',"
     "'enabled':false}]}",
     NULL,
     "{'address-range':'10.0.0.0/24','idle':240,'use-gateway':false,'route':[{'name':'fw',"
     "'destination':'10.1.0.0/16','next-hop-type':'Internet','enabled':true},{'name':'x',"
     "'destination':'10.2.0.0/16','next-hop-type':'VirtualAppliance','enabled':false}]}"},
    {"{'address-range':'10.0.0.0/24','route':'{\\\"name\\\":\\\"a,b\\\",\\\"destination\\\":"
     "\\\"10.1.0.0/16\\\",\\\"next-hop-type\\\":\\\"Internet\\\"}'}",
     NULL,
     "{'address-range':'10.0.0.0/24','idle':240,'use-gateway':false,'route':[{'name':'a,b',"
     "'destination':'10.1.0.0/16','next-hop-type':'Internet','enabled':true}]}"},
    {"{'address-range':'10.0.0.0/24','route':'name=\\\"a,\\\"\\\"b\\\",destination=10.1.0.0/16,"
     "next-hop-type=Internet'}",
     NULL,
     "{'address-range':'10.0.0.0/24','idle':240,'use-gateway':false,'route':[{'name':'a,\\\"b',"
     "'destination':'10.1.0.0/16','next-hop-type':'Internet','enabled':true}]}"},
    /* A change keeps what is not given; null takes it away. */
    {"{'count':3}", "{'address-range':'10.0.0.0/24','idle':90,'label':'abc','use-gateway':true}",
     "{'address-range':'10.0.0.0/24','idle':90,'count':3,'use-gateway':true,'label':'abc'}"},
    {"{'label':null,'address-range':'10.0.0.0/24'}",
     "{'address-range':'10.0.0.0/24','idle':90,'label':'abc','use-gateway':true}",
     "{'address-range':'10.0.0.0/24','idle':90,'use-gateway':true}"},
    {"{'idle':null,'dns-server':null,'use-gateway':null}",
     "{'address-range':'10.0.0.0/24','idle':90,'dns-server':['10.0.0.4'],'use-gateway':true}",
     "{'address-range':'10.0.0.0/24','idle':240,'use-gateway':false}"},
    {"{'address-range':'10.0.0.0/24','psk':'a-long-enough-key'}", NULL,
     "{'address-range':'10.0.0.0/24','idle':240,'use-gateway':false,'psk':'${secret:psk}'}"},
    {"{'address-range':'10.0.0.0/24','home':'West US 3','credential':'main'}", NULL,
     "{'address-range':'10.0.0.0/24','idle':240,'use-gateway':false,'home':'westus3',"
     "'credential':'main'}"},
};

struct bad {
    const char *input, *previous, *field, *words;
    size_t count;
};

static const struct bad bad[] = {
    {"{}", NULL, "--address-range", "required", 1},
    {"{'address-range':'10.0.0.1/24'}", NULL, "--address-range", "10.0.0.0/24", 1},
    {"{'address-range':'10.0.0.0/25'}", NULL, "--address-range", "24", 1},
    {"{'address-range':'10.0.0.0/24','adress-range':'x'}", NULL, "--adress-range",
     "did you mean \"--address-range\"", 1},
    {"{'address-range':'10.0.0.0/24','zzz':1}", NULL, "--zzz", "no such field", 1},
    {"{'address-range':'10.0.1.0/24'}", "{'address-range':'10.0.0.0/24'}", "--address-range",
     "create another connection", 1},
    {"{'address-range':null}", "{'address-range':'10.0.0.0/24'}", "--address-range",
     "can't change after creation (it is 10.0.0.0/24)", 1},
    {"{'address-range':'10.0.0.0/24','dns-server':['1.1.1.1','x','1.1.1.300']}", NULL,
     "--dns-server (second)", "IPv4", 2},
    {"{'address-range':'10.0.0.0/24','dns-server':'1.1.1.1,1.1.1.1'}", NULL,
     "--dns-server (second)", "given twice", 1},
    {"{'address-range':'10.0.0.0/24','dns-server':'1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4'}", NULL,
     "--dns-server", "3 are allowed", 1},
    {"{'address-range':['10.0.0.0/24','10.0.1.0/24']}", NULL, "--address-range", "one value", 1},
    {"{'address-range':'10.0.0.0/24','count':'10'}", NULL, "--count", "9", 1},
    {"{'address-range':'10.0.0.0/24','count':0}", NULL, "--count", "1", 1},
    {"{'address-range':'10.0.0.0/24','count':'x'}", NULL, "--count", "x", 1},
    {"{'address-range':'10.0.0.0/24','count':1.5}", NULL, "--count", "whole number", 1},
    {"{'address-range':'10.0.0.0/24','use-gateway':'maybe'}", NULL, "--use-gateway", "yes", 1},
    {"{'address-range':'10.0.0.0/24','idle':'soon'}", NULL, "--idle", "soon", 1},
    {"{'address-range':'10.0.0.0/24','psk':'short'}", NULL, "--psk", "5 characters", 1},
    {"{'address-range':'10.0.0.0/24','psk':''}", NULL, "--psk", "empty", 1},
    {"{'address-range':'10.0.0.0/24','label':'ABC'}", NULL, "--label", "small letters", 1},
    {"{'address-range':'10.0.0.0/24','label':'abcdefghi'}", NULL, "--label", "8", 1},
    {"{'address-range':'10.0.0.0/24','label':{'a':1}}", NULL, "--label", "a text", 1},
    {"{'address-range':'10.0.0.0/24','label':'a\\u0000b'}", NULL, "--label", "a text", 1},
    {"{'address-range':'10.0.0.0/24','credential':'mian'}", NULL, "--credential",
     "did you mean \"main\"", 1},
    {"{'address-range':'10.0.0.0/24','home':'westus33'}", NULL, "--home",
     "did you mean \"westus3\"", 1},
    {"{'address-range':'10.0.0.0/24','route':'name=fw,destination=10.1.0.0/8,next-hop-type="
     "Internet'}",
     NULL, "--route destination", "10.0.0.0/8", 1},
    {"{'address-range':'10.0.0.0/24','route':['name=a,destination=10.1.0.0/16,next-hop-type="
     "Internet','name=b']}",
     NULL, "--route (second) destination", "required", 2},
    {"{'address-range':'10.0.0.0/24','route':'name=a,name=b'}", NULL, "--route", "given twice", 1},
    {"{'address-range':'10.0.0.0/24','route':'nonsense'}", NULL, "--route", "NAME=VALUE", 1},
    {"{'address-range':'10.0.0.0/24','route':'name=\\\"open'}", NULL, "--route", "quote", 1},
    {"{'address-range':'10.0.0.0/24','route':'{\\\"name\\\":'}", NULL, "--route", "JSON", 1},
    {"{'address-range':'10.0.0.0/24','route':7}", NULL, "--route", "NAME=VALUE", 1},
    {"{'address-range':'10.0.0.0/24','route':'nam=a,destination=10.1.0.0/16,next-hop-type="
     "Internet'}",
     NULL, "--route name", "required", 2},
    {"{'address-range':'10.0.0.0/24','route':'name=a,destination=10.1.0.0/16,next-hop-type=None,"
     "enabeld=no'}",
     NULL, "--route next-hop-type", "None", 2},
    {"{'address-range':'10.0.0.0/24','route':'name=a,destination=10.1.0.0/16,next-hop-type="
     "Internet,enabeld=no'}",
     NULL, "--route enabeld", "did you mean \"enabled\"", 1},
    {"{'address-range':'x','count':'x','label':'X','psk':'x'}", NULL, "--address-range", "x", 4},
};

/* JSON with ' for ". */
static json_t *load(const char *text)
{
    if (!text)
        return NULL;
    char *copy = strdup(text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_error_t where;
    json_t *json = json_loads(copy, JSON_ALLOW_NUL, &where);
    ck_assert_msg(json != NULL, "%s: %s", copy, where.text);
    free(copy);
    return json;
}

static json_t *known(void)
{
    return load("{'credential':['main','customer'],'region':{'westus3':'West US 3',"
                "'eastus':{'name':'East US'}}}");
}

START_TEST(accepts)
{
    const struct good *row = &good[_i];
    json_t *input = load(row->input), *previous = load(row->previous), *output, *secrets;
    json_t *names = known();
    json_t *expected = load(row->output);
    struct field_problems problems;
    int result =
        fields_validate(fields, FIELDS, input, previous, names, &output, &secrets, &problems);
    ck_assert_msg(result == 0, "%s: %s", row->input,
                  problems.count ? problems.items[0].message : "?");
    char *got = json_dumps(output, JSON_COMPACT);
    ck_assert_msg(json_equal(output, expected), "%s gave %s", row->input, got);
    free(got);
    if (json_object_get(input, "psk"))
        ck_assert_str_eq(json_string_value(json_object_get(secrets, "psk")),
                         json_string_value(json_object_get(input, "psk")));
    field_problems_clear(&problems);
    json_decref(input);
    json_decref(previous);
    json_decref(names);
    json_decref(expected);
    json_decref(output);
    json_decref(secrets);
}
END_TEST

START_TEST(refuses)
{
    const struct bad *row = &bad[_i];
    json_t *input = load(row->input), *previous = load(row->previous), *output, *secrets;
    json_t *names = known();
    struct field_problems problems;
    int result =
        fields_validate(fields, FIELDS, input, previous, names, &output, &secrets, &problems);
    ck_assert_msg(result == -1, "%s was accepted", row->input);
    ck_assert_uint_eq(problems.count, row->count);
    ck_assert_str_eq(problems.items[0].field, row->field);
    ck_assert_msg(strstr(problems.items[0].message, row->words) != NULL, "%s: %s does not say %s",
                  row->input, problems.items[0].message, row->words);
    ck_assert_msg(!strstr(problems.items[0].message, "short"), "a secret is shown: %s",
                  problems.items[0].message);
    field_problems_clear(&problems);
    json_decref(input);
    json_decref(previous);
    json_decref(names);
    json_decref(output);
    json_decref(secrets);
}
END_TEST

static Suite *suite(void)
{
    Suite *whole = suite_create("plugin fields");
    TCase *tests = tcase_create("fields");
    tcase_add_loop_test(tests, accepts, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tests, refuses, 0, sizeof bad / sizeof *bad);
    suite_add_tcase(whole, tests);
    return whole;
}

int main(void)
{
    return tap_main(suite());
}
