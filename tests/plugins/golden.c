/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flexhost's own plugins through the test host: each case of tests/plugins/cases/FILE.json gives a
 * request and a world, and says what must come out:
 *
 *   "expect"  what must be in the answer: members of objects, elements of arrays one by one; a text
 *             that begins with '~' must be contained
 *   "golden"  the whole answer is golden/NAME.json; GOLDEN_UPDATE=1 writes it anew
 *   "asked"   the questions, in order
 *
 * "verb" names a verb instead of the plugin itself; "arm", "dns", "query" and "http" are the
 * world's answers. To one of "http" a "sector" adds the 512 bytes that were read:
 *
 *   "begins"  a text with which they begin
 *   "gpt"     true: the first sector of a disk with a GUID partition table
 *   "footer"  of a VHD: {"size"} of the disk, and unless they are right {"type", "version", "sum"}
 */
#include <flexhost/fhtest.h>

#include "../../plugins/common/vhd.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const files[] = {"none",     "vnet-peering", "vpn-gateway", "vwan-spoke",
                                    "prepared", "build",        "import",      "collect-logs"};

static int number, failed;

static const char *text_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static char *dump(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* Where the answer lacks what is expected: a path for people, "" for nothing. */
static bool lacks(const json_t *expected, const json_t *got, char *where, size_t room)
{
    const char *text = json_string_value(expected);
    if (text && *text == '~')
        return !json_is_string(got) || !strstr(json_string_value(got), text + 1);
    if (json_is_array(expected)) {
        if (json_array_size(expected) != json_array_size(got))
            return true;
        for (size_t i = 0; i < json_array_size(expected); i++)
            if (lacks(json_array_get(expected, i), json_array_get(got, i), where, room)) {
                size_t used = strlen(where);
                snprintf(where + used, room - used, " < %zu", i);
                return true;
            }
        return false;
    }
    if (!json_is_object(expected))
        return !json_equal(expected, got);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)expected, name, value)
    {
        if (!lacks(value, json_object_get(got, name), where, room))
            continue;
        size_t used = strlen(where);
        snprintf(where + used, room - used, " < %s", name);
        return true;
    }
    return false;
}

static void put_number(unsigned char *bytes, json_int_t value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> 8 * (count - 1 - i));
}

static json_int_t number_at(const json_t *object, const char *name, json_int_t otherwise)
{
    const json_t *value = json_object_get(object, name);
    return value ? json_integer_value(value) : otherwise;
}

static void put_footer(unsigned char sector[VHD_FOOTER], const json_t *footer)
{
    memcpy(sector, "conectix", 8);
    put_number(sector + 12, number_at(footer, "version", 0x00010000), 4);
    put_number(sector + 48, number_at(footer, "size", 0), 8);
    put_number(sector + 60, number_at(footer, "type", VHD_FIXED), 4);
    put_number(sector + 64, number_at(footer, "sum", vhd_checksum(sector)), 4);
}

static json_t *sector_base64(const json_t *told)
{
    unsigned char sector[VHD_FOOTER] = {0}, text[VHD_FOOTER * 2];
    const char *begins = text_at(told, "begins");
    if (begins)
        memcpy(sector, begins, strlen(begins));
    if (json_is_true(json_object_get(told, "gpt"))) {
        sector[450] = 0xee;
        put_number(sector + 510, 0x55aa, 2);
    }
    if (json_object_get(told, "footer"))
        put_footer(sector, json_object_get(told, "footer"));
    EVP_EncodeBlock(text, sector, sizeof sector);
    return json_string((const char *)text);
}

static void add_http(struct fhtest *test, const json_t *answers)
{
    size_t i;
    json_t *answer;
    json_array_foreach((json_t *)answers, i, answer)
    {
        json_t *body = json_copy(json_object_get(answer, "body"));
        json_t *sector = json_object_get(answer, "sector");
        if (!body)
            body = json_object();
        if (sector)
            json_object_set_new(body, "base64", sector_base64(sector));
        char *text = dump(body);
        fhtest_http(test, text_at(answer, "url"), (int)number_at(answer, "status", 206), text);
        free(text);
        json_decref(body);
    }
}

static void add_world(struct fhtest *test, const json_t *entry)
{
    size_t i;
    json_t *answer;
    add_http(test, json_object_get(entry, "http"));
    json_array_foreach(json_object_get(entry, "arm"), i, answer)
    {
        char *body = dump(json_object_get(answer, "body"));
        int status = (int)json_integer_value(json_object_get(answer, "status"));
        const char *credential = text_at(answer, "credential");
        if (credential)
            fhtest_arm_as(test, credential, text_at(answer, "path"), status ? status : 200, body);
        else
            fhtest_arm(test, text_at(answer, "path"), status ? status : 200, body);
        free(body);
    }
    json_array_foreach(json_object_get(entry, "dns"), i, answer)
    {
        char *body = dump(json_object_get(answer, "body"));
        fhtest_dns(test, text_at(answer, "server"), text_at(answer, "name"), body);
        free(body);
    }
    json_array_foreach(json_object_get(entry, "query"), i, answer)
    {
        char *body = dump(json_object_get(answer, "body"));
        int status = (int)json_integer_value(json_object_get(answer, "status"));
        fhtest_query(test, text_at(answer, "path"), status ? status : 200, body);
        free(body);
    }
    json_array_foreach(json_object_get(entry, "ntp"), i, answer)
    {
        char *body = dump(json_object_get(answer, "body"));
        fhtest_ntp(test, text_at(answer, "server"), body);
        free(body);
    }
}

static json_t *carry_out(struct fhtest *test, const json_t *entry)
{
    const char *call = text_at(entry, "call"), *verb = text_at(entry, "verb");
    char *request = dump(json_object_get(entry, "request"));
    char *answer = strcmp(call, "plan") == 0      ? fhtest_plan(test, verb, request)
                   : strcmp(call, "observe") == 0 ? fhtest_observe(test, request)
                                                  : fhtest_check(test, verb, request);
    json_t *json = answer ? json_loads(answer, 0, NULL) : NULL;
    free(answer);
    free(request);
    return json;
}

static json_t *golden(const char *folder, const char *name, const json_t *got)
{
    char path[512];
    snprintf(path, sizeof path, "%s/golden/%s.json", folder, name);
    if (getenv("GOLDEN_UPDATE"))
        json_dump_file(got, path, JSON_INDENT(2) | JSON_SORT_KEYS);
    return json_load_file(path, 0, NULL);
}

static void say(bool good, const char *file, const char *title)
{
    printf("%sok %d - %s: %s\n", good ? "" : "not ", ++number, file, title);
    failed += !good;
}

/* Every difference is told; false when there is one. */
static bool judge(const char *folder, const json_t *entry, const json_t *got, struct fhtest *test)
{
    char where[512] = "";
    bool good = true;
    json_t *expected = json_object_get(entry, "expect");
    const char *name = text_at(entry, "golden");
    json_t *asked = json_object_get(entry, "asked");
    if (expected && lacks(expected, got, where, sizeof where))
        good = false;
    json_t *whole = name ? golden(folder, name, got) : NULL;
    if (name && !json_equal(whole, got)) {
        snprintf(where, sizeof where, " golden/%s.json", name);
        good = false;
    }
    json_decref(whole);
    char *questions = asked ? fhtest_questions(test) : NULL;
    json_t *list = questions ? json_loads(questions, 0, NULL) : NULL;
    if (asked && !json_equal(asked, list)) {
        printf("# asked %s\n", questions ? questions : "?");
        good = false;
    }
    free(questions);
    json_decref(list);
    if (!good) {
        char *text = dump(got);
        printf("# differs at%s\n# got %s\n", where, text);
        free(text);
    }
    return good;
}

static void run_case(const char *folder, const char *file, const json_t *entry)
{
    char path[256], *why = NULL;
    snprintf(path, sizeof path, "plugins/.libs/%s.so", text_at(entry, "plugin"));
    struct fhtest *test = fhtest_open(path, &why);
    bool good = test != NULL;
    if (!test)
        printf("# %s: %s\n", path, why);
    if (test && json_object_get(entry, "options")) {
        char *options = dump(json_object_get(entry, "options"));
        good = fhtest_options(test, options, &why) == 0;
        if (!good)
            printf("# options: %s\n", why);
        free(options);
    }
    if (good) {
        add_world(test, entry);
        json_t *got = carry_out(test, entry);
        good = judge(folder, entry, got, test);
        json_decref(got);
    }
    say(good, file, text_at(entry, "title"));
    fhtest_free(test);
    free(why);
}

int main(void)
{
    const char *source = getenv("srcdir");
    char folder[256], path[512];
    snprintf(folder, sizeof folder, "%s/tests/plugins", source ? source : ".");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        json_error_t where;
        snprintf(path, sizeof path, "%s/cases/%s.json", folder, files[i]);
        json_t *cases = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
        if (!cases) {
            printf("# %s:%d: %s\n", path, where.line, where.text);
            say(false, files[i], "the cases can be read");
        }
        for (size_t j = 0; j < json_array_size(cases); j++)
            run_case(folder, files[i], json_array_get(cases, j));
        json_decref(cases);
    }
    printf("1..%d\n", number);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
