/* SPDX-License-Identifier: Apache-2.0 */
/* What List Blobs answers: pages and folders are read, anything else is refused. */
#include "azure/blob_list.h"
#include "base/text.h"
#include "tap_main.h"

#include <stdlib.h>
#include <string.h>

#define LIST(inside)  "<EnumerationResults><Blobs>" inside "</Blobs></EnumerationResults>"
#define NAMED(name)   "<Name>" name "</Name>"
#define BLOB(inside)  "<Blob>" inside "</Blob>"
#define PROPS(inside) "<Properties>" inside "</Properties>"

static const struct {
    const char *text, *list, *next;
} lists[] = {
    {"<EnumerationResults/>", "[]", ""},
    {"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>" LIST(""), "[]", ""},
    {LIST(BLOB(NAMED("a.vhd") PROPS("<Last-Modified>Mon</Last-Modified>"
                                    "<Content-Length>20972032</Content-Length>"
                                    "<BlobType>PageBlob</BlobType>"))),
     "[{\"name\":\"a.vhd\",\"lastModified\":\"Mon\",\"bytes\":20972032,\"type\":\"PageBlob\"}]",
     ""},
    {LIST("<BlobPrefix>" NAMED("vhds/") "</BlobPrefix>" BLOB(NAMED("b"))),
     "[{\"type\":\"folder\",\"name\":\"vhds/\"},{\"name\":\"b\"}]", ""},
    {"<EnumerationResults ServiceEndpoint=\"x\"><Prefix>p/</Prefix><Marker/>"
     "<Blobs>\n  <Blob>\n    <Name>p/a&amp;b</Name>\n  </Blob>\n</Blobs>"
     "<NextMarker>2!72!a=</NextMarker></EnumerationResults>",
     "[{\"name\":\"p/a&b\"}]", "2!72!a="},
    {"<EnumerationResults><Blobs/><NextMarker /></EnumerationResults>", "[]", ""},
    /* What somebody writes into a blob's metadata is not its name. */
    {LIST(BLOB(NAMED("a") "<Metadata><Name>b</Name></Metadata>")), "[{\"name\":\"a\"}]", ""},
    {LIST(BLOB(PROPS("<BlobType>PageBlob</BlobType>"))), "[]", ""},
    {LIST(BLOB(NAMED("&#xe4;"))), "[{\"name\":\"\xc3\xa4\"}]", ""},
};

START_TEST(a_list_is_read)
{
    struct error err = ERROR_INIT;
    json_t *list = json_array();
    char *next = NULL;
    ck_assert_msg(blob_list_read(lists[_i].text, strlen(lists[_i].text), list, &next, &err) == 0,
                  "%s", error_text(&err));
    char *text = json_dumps(list, JSON_COMPACT);
    ck_assert_str_eq(text, lists[_i].list);
    ck_assert_str_eq(next, lists[_i].next);
    free(text);
    free(next);
    json_decref(list);
}
END_TEST

START_TEST(pages_join)
{
    struct error err = ERROR_INIT;
    json_t *list = json_array();
    char *next = NULL;
    static const char *const pages[] = {LIST(BLOB(NAMED("a"))), LIST(BLOB(NAMED("b")))};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(blob_list_read(pages[i], strlen(pages[i]), list, &next, &err), 0);
        free(next);
    }
    ck_assert_uint_eq(json_array_size(list), 2);
    json_decref(list);
}
END_TEST

static const struct {
    const char *text, *says;
} strange[] = {
    {"", "no element"},
    {"plain", "syntax"},
    {"<EnumerationResults>", "no element"},
    {"<Error><Code>ContainerNotFound</Code></Error>", "something else"},
    {"{\"Blobs\":[]}", "syntax"},
    {LIST(BLOB(NAMED("a") PROPS("<Content-Length>many</Content-Length>"))), "no number"},
    {LIST(BLOB(NAMED("a") PROPS("<Content-Length>-512</Content-Length>"))), "no number"},
    {LIST(BLOB(NAMED("a") PROPS("<Content-Length></Content-Length>"))), "no number"},
    {LIST(BLOB(NAMED("a") PROPS("<Content-Length>99999999999999999999</Content-Length>"))),
     "no number"},
    {LIST("<Blob><a><b><c><d><e><f/></e></d></c></b></a></Blob>"), "too deeply"},
    {"<!DOCTYPE a [<!ENTITY b \"0\">]><EnumerationResults/>", "document type"},
    {LIST(BLOB(NAMED("\xff"))), "token"},
    {LIST(BLOB(NAMED("&unknown;"))), "entity"},
};

START_TEST(what_is_no_list_is_refused)
{
    struct error err = ERROR_INIT;
    json_t *list = json_array();
    char *next = NULL;
    ck_assert_int_eq(blob_list_read(strange[_i].text, strlen(strange[_i].text), list, &next, &err),
                     -1);
    ck_assert_ptr_null(next);
    if (strcmp(strange[_i].says, "syntax") != 0)
        ck_assert_msg(strstr(error_text(&err), strange[_i].says) != NULL, "%s", error_text(&err));
    json_decref(list);
    error_clear(&err);
}
END_TEST

START_TEST(a_name_without_end_is_refused)
{
    struct error err = ERROR_INIT;
    struct text text = {0};
    json_t *list = json_array();
    char *next = NULL;
    text_add(&text, "<EnumerationResults><Blobs><Blob><Name>");
    for (int i = 0; i < 7000; i++)
        text_add(&text, "n");
    text_add(&text, "</Name></Blob></Blobs></EnumerationResults>");
    ck_assert_int_eq(blob_list_read(text_get(&text), text.length, list, &next, &err), -1);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "too long"));
    text_free(&text);
    json_decref(list);
    error_clear(&err);
}
END_TEST

/* Cut anywhere it is refused, and nothing is read behind its end. */
START_TEST(a_list_that_is_cut_is_refused)
{
    const char *whole = lists[4].text;
    for (size_t length = 0; length < strlen(whole); length++) {
        struct error err = ERROR_INIT;
        json_t *list = json_array();
        char *next = NULL, *part = malloc(length + 1);
        memcpy(part, whole, length);
        ck_assert_int_eq(blob_list_read(part, length, list, &next, &err), -1);
        free(part);
        json_decref(list);
        error_clear(&err);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lists of blobs");
    TCase *tests = tcase_create("list");
    tcase_add_loop_test(tests, a_list_is_read, 0, sizeof lists / sizeof *lists);
    tcase_add_test(tests, pages_join);
    tcase_add_loop_test(tests, what_is_no_list_is_refused, 0, sizeof strange / sizeof *strange);
    tcase_add_test(tests, a_name_without_end_is_refused);
    tcase_add_test(tests, a_list_that_is_cut_is_refused);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}
