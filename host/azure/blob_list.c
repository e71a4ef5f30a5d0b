/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what List Blobs answers:
 * <EnumerationResults><Blobs><Blob><Name>n</Name><Properties><Content-Length>9</Content-Length>
 * <BlobType>PageBlob</BlobType>…</Properties></Blob><BlobPrefix><Name>f/</Name></BlobPrefix></Blobs>
 * <NextMarker>m</NextMarker></EnumerationResults>
 *
 * As with lists of pages a document type ends it, and no text is longer than a name can be. */
#include "azure/blob_list.h"

#include "azure/blob.h"
#include "azure/sync.h"
#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEEPEST = 8,
    LONGEST = 6 * 1024 + 1, /* a name of 1,024 characters, each in up to six bytes */
    PAGE = 500,             /* blobs of a page: its XML stays below PAGE_BYTES */
    PAGE_BYTES = 4 * 1024 * 1024,
    MOST = 100000,
    PAGES_MOST = 10000, /* Azure may send empty ones between */
    TIMEOUT_MS = 60000
};

struct reading {
    XML_Parser parser;
    json_t *list;
    struct error *err;
    int depth;
    bool failed;
    json_t *entry; /* the Blob or BlobPrefix at hand */
    char text[LONGEST];
    size_t length;
    char *next;
};

static void fail(struct reading *reading, const char *why)
{
    if (!reading->failed)
        error_set(reading->err, ERROR_AZURE, NULL, "the list of blobs %s", why);
    reading->failed = true;
    XML_StopParser(reading->parser, XML_FALSE);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    reading->depth++;
    reading->length = 0;
    if (reading->depth > DEEPEST)
        fail(reading, "is nested too deeply");
    else if (reading->depth == 1 && strcmp(name, "EnumerationResults") != 0)
        fail(reading, "is none: the answer is something else");
    else if (reading->depth == 3 && strcmp(name, "Blob") == 0)
        reading->entry = json_object();
    else if (reading->depth == 3 && strcmp(name, "BlobPrefix") == 0)
        reading->entry = json_pack("{s:s}", "type", "folder");
}

static void on_text(void *context, const char *data, int length)
{
    struct reading *reading = context;
    if ((size_t)length >= sizeof reading->text - reading->length) {
        fail(reading, "holds a text that is too long");
        return;
    }
    memcpy(reading->text + reading->length, data, (size_t)length);
    reading->length += (size_t)length;
}

static void set_bytes(struct reading *reading)
{
    char *end;
    errno = 0;
    long long bytes = strtoll(reading->text, &end, 10);
    if (errno || bytes < 0 || end == reading->text || *end)
        fail(reading, "holds a length that is no number");
    else
        json_object_set_new(reading->entry, "bytes", json_integer(bytes));
}

static void end_member(struct reading *reading, const char *name)
{
    static const struct {
        const char *element, *member;
    } members[] = {{"Name", "name"}, {"BlobType", "type"}, {"Last-Modified", "lastModified"}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(name, members[i].element) == 0 &&
            !json_object_get(reading->entry, members[i].member))
            json_object_set_new(reading->entry, members[i].member, json_string(reading->text));
    if (strcmp(name, "Content-Length") == 0)
        set_bytes(reading);
}

static void end_entry(struct reading *reading)
{
    if (json_array_size(reading->list) >= MOST)
        fail(reading, "is too long: name a folder");
    else if (json_object_get(reading->entry, "name"))
        json_array_append(reading->list, reading->entry);
    json_decref(reading->entry);
    reading->entry = NULL;
}

static void on_end(void *context, const char *name)
{
    struct reading *reading = context;
    reading->text[reading->length] = '\0';
    if (reading->depth == 3 && reading->entry)
        end_entry(reading);
    else if (reading->entry)
        end_member(reading, name);
    else if (reading->depth == 2 && strcmp(name, "NextMarker") == 0) {
        free(reading->next);
        reading->next = strdup(reading->text);
    }
    reading->length = 0;
    reading->depth--;
}

static void on_doctype(void *context, const char *name, const char *system, const char *public,
                       int subset)
{
    fail(context, "has a document type, which none has");
}

int blob_list_read(const char *text, size_t length, json_t *list, char **next, struct error *err)
{
    struct reading *reading = calloc(1, sizeof *reading);
    int result = -1;
    *next = NULL;
    if (!reading)
        return error_no_memory(err);
    reading->list = list;
    reading->err = err;
    reading->next = strdup("");
    reading->parser = length < INT_MAX ? XML_ParserCreate(NULL) : NULL;
    if (!reading->parser || !reading->next) {
        error_no_memory(err);
        goto out;
    }
    XML_SetUserData(reading->parser, reading);
    XML_SetElementHandler(reading->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
    if (XML_Parse(reading->parser, text, (int)length, 1) != XML_STATUS_OK && !reading->failed)
        fail(reading, XML_ErrorString(XML_GetErrorCode(reading->parser)));
    result = reading->failed ? -1 : 0;
out:
    if (reading->parser)
        XML_ParserFree(reading->parser);
    json_decref(reading->entry);
    if (result == 0)
        *next = reading->next;
    else
        free(reading->next);
    free(reading);
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
