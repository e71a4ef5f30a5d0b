/* SPDX-License-Identifier: Apache-2.0 */
/* What a failure of libcurl means: whether the request may have been carried out, and what the
 * operator can do. */
#include "azure/transport_curl_exchange.h"
#include "azure/url.h"

#include <stdio.h>
#include <stdlib.h>

static bool has_left(CURL *easy)
{
    curl_off_t pretransfer = 0;
    long sent = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    return pretransfer > 0 || sent > 0;
}

enum transport_failure curl_failure_class(const struct curl_exchange *exchange, CURLcode code)
{
    if (exchange->sufficed)
        return TRANSPORT_OK;
    if (exchange->ended_here)
        return TRANSPORT_LOCAL;
    switch (code) {
    case CURLE_OK:
        return TRANSPORT_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return TRANSPORT_NOT_SENT;
    default:
        return has_left(exchange->easy) ? TRANSPORT_LOST : TRANSPORT_NOT_SENT;
    }
}

bool curl_failure_lasts(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_CIPHER || code == CURLE_URL_MALFORMAT ||
           code == CURLE_UNSUPPORTED_PROTOCOL;
}

static const struct explanation {
    CURLcode code;
    const char *what;
    const char *mend;
} explanations[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "the name is not found",
     "check the endpoint and this machine's DNS"},
    {CURLE_COULDNT_RESOLVE_PROXY, "the proxy is not found", "check the variable https_proxy"},
    {CURLE_COULDNT_CONNECT, "no connection", "check the endpoint, the firewall and the proxy"},
    {CURLE_PEER_FAILED_VERIFICATION, "its certificate is not trusted",
     "if a private authority has signed it, name that authority's certificate in [azure] ca-file"},
    {CURLE_SSL_CONNECT_ERROR, "no TLS connection",
     "the port must speak https with TLS 1.2 or newer"},
    {CURLE_OPERATION_TIMEDOUT, "no answer in time", "check the connection"},
};

void curl_failure_explain(struct curl_exchange *exchange, CURLcode code)
{
    const struct explanation *found = NULL;
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++)
        if (explanations[i].code == code)
            found = &explanations[i];
    const char *detail = exchange->curl_error[0] ? exchange->curl_error : curl_easy_strerror(code);
    char *host = url_host(exchange->url);
    if (found)
        snprintf(exchange->reason, sizeof exchange->reason, "%s: %s (%s); %s",
                 host ? host : "the host", found->what, detail, found->mend);
    else
        snprintf(exchange->reason, sizeof exchange->reason, "%s: %s", host ? host : "the host",
                 detail);
    free(host);
}
