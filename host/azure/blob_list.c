/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what List Blobs answers:
 * <EnumerationResults><Blobs><Blob><Name>n</Name><Properties><Content-Length>9</Content-Length>
 * <BlobType>PageBlob</BlobType>…</Properties></Blob><BlobPrefix><Name>f/</Name></BlobPrefix></Blobs>
 * <NextMarker>m</NextMarker></EnumerationResults>
 */
#include "azure/blob_list.h"

#include "azure/blob.h"
#include "azure/sync.h"
#include "azure/xml.h"
#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEEPEST = 8,
    LONGEST = 6 * 1024, /* a name of 1,024 characters, each in up to six bytes */
    PAGE = 500,         /* blobs of a page: its XML stays below PAGE_BYTES */
    PAGE_BYTES = 4 * 1024 * 1024,
    MOST = 100000,
    PAGES_MOST = 10000, /* Azure may send empty ones between */
    TIMEOUT_MS = 60000
};

struct reading {
    json_t *list;
    json_t *entry; /* the Blob or BlobPrefix at hand */
    char *next;
};

static void on_start(struct xml *xml, void *context, const char *name, int depth)
{
    struct reading *reading = context;
    if (depth == 3 && strcmp(name, "Blob") == 0)
        reading->entry = json_object();
    else if (depth == 3 && strcmp(name, "BlobPrefix") == 0)
        reading->entry = json_pack("{s:s}", "type", "folder");
}

static void set_bytes(struct xml *xml, struct reading *reading, const char *text)
{
    char *end;
    errno = 0;
    long long bytes = strtoll(text, &end, 10);
    if (errno || bytes < 0 || end == text || *end)
        xml_fail(xml, "holds a length that is no number");
    else
        json_object_set_new(reading->entry, "bytes", json_integer(bytes));
}

static void end_member(struct xml *xml, struct reading *reading, const char *name, const char *text)
{
    static const struct {
        const char *element, *member;
    } members[] = {{"Name", "name"}, {"BlobType", "type"}, {"Last-Modified", "lastModified"}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(name, members[i].element) == 0 &&
            !json_object_get(reading->entry, members[i].member))
            json_object_set_new(reading->entry, members[i].member, json_string(text));
    if (strcmp(name, "Content-Length") == 0)
        set_bytes(xml, reading, text);
}

static void end_entry(struct xml *xml, struct reading *reading)
{
    if (json_array_size(reading->list) >= MOST)
        xml_fail(xml, "is too long: name a folder");
    else if (json_object_get(reading->entry, "name"))
        json_array_append(reading->list, reading->entry);
    json_decref(reading->entry);
    reading->entry = NULL;
}

static void on_end(struct xml *xml, void *context, const char *name, const char *text, int depth)
{
    struct reading *reading = context;
    if (depth == 3 && reading->entry)
        end_entry(xml, reading);
    else if (reading->entry)
        end_member(xml, reading, name, text);
    else if (depth == 2 && strcmp(name, "NextMarker") == 0) {
        free(reading->next);
        reading->next = strdup(text);
    }
}

int blob_list_read(const char *text, size_t length, json_t *list, char **next, struct error *err)
{
    static const struct xml_form form = {.what = "the list of blobs",
                                         .root = "EnumerationResults",
                                         .deepest = DEEPEST,
                                         .longest = LONGEST,
                                         .start = on_start,
                                         .end = on_end};
    struct reading reading = {.list = list, .next = strdup("")};
    int result = xml_read(text, length, &form, &reading, err);
    json_decref(reading.entry);
    if (result == 0 && !reading.next)
        result = error_no_memory(err);
    if (result < 0) {
        free(reading.next);
        reading.next = NULL;
    }
    *next = reading.next;
    return result;
}

struct page {
    json_t *list;
    char *next;
    int result;
    struct error *err;
};

static void on_page(void *context, const struct http_response *response)
{
    struct page *page = context;
    const char *code = http_response_header(response, "x-ms-error-code");
    if (response->failure != TRANSPORT_OK)
        page->result =
            error_set(page->err, ERROR_RETRY, NULL, "the list of blobs: %s", response->reason);
    else if (response->status != 200)
        page->result = error_set(page->err, ERROR_AZURE, NULL,
                                 "the container does not show what is in it (HTTP %d %s)",
                                 response->status, code ? code : "");
    else
        page->result = blob_list_read(response->body, response->body_length, page->list,
                                      &page->next, page->err);
}

static int read_page(struct arm *arm, const char *url, const char *prefix, const char *marker,
                     struct page *page)
{
    char *prefix_text = curl_easy_escape(NULL, prefix, 0);
    char *marker_text = curl_easy_escape(NULL, marker, 0);
    char *query =
        text_format("restype=container&comp=list&delimiter=%%2F&maxresults=%d&prefix=%s%s%s", PAGE,
                    prefix_text ? prefix_text : "", *marker ? "&marker=" : "",
                    *marker && marker_text ? marker_text : "");
    char *whole = query ? blob_url(url, query) : NULL;
    struct http_header header = {"x-ms-version", "2021-12-02"};
    struct http_request request = {.method = "GET",
                                   .url = whole,
                                   .headers = &header,
                                   .header_count = 1,
                                   .timeout_ms = TIMEOUT_MS,
                                   .response_limit = PAGE_BYTES,
                                   .sink_fd = -1};
    int result =
        whole ? http_wait(arm, &request, on_page, page, page->err) : error_no_memory(page->err);
    if (whole)
        OPENSSL_cleanse(whole, strlen(whole));
    free(whole);
    free(query);
    curl_free(prefix_text);
    curl_free(marker_text);
    return result == 0 ? page->result : -1;
}

json_t *blob_list_wait(struct arm *arm, const char *url, const char *prefix, struct error *err)
{
    json_t *list = json_array();
    char *marker = strdup("");
    int result = list && marker ? 0 : error_no_memory(err);
    int pages = 0;
    do {
        struct page page = {.list = list, .err = err};
        if (result == 0 && pages++ >= PAGES_MOST)
            result = error_set(err, ERROR_AZURE, NULL, "the list of blobs does not end");
        if (result == 0)
            result = read_page(arm, url, prefix, marker, &page);
        free(marker);
        marker = page.next;
    } while (result == 0 && marker && *marker);
    free(marker);
    if (result == 0)
        return list;
    json_decref(list);
    return NULL;
}
