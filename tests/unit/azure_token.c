/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in: one request however many wait, renewal in time, refusals an operator can act on, and
 * no secret where it does not belong. */
#include "azure/assertion.h"
#include "azure/token_request.h"
#include "azure_fake.h"
#include "base/text.h"
#include "tap_main.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "s3cr~t/+&="
#define TOKEN  "/oauth2/v2.0/token"
#define GOOD   "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"tok-1\"}"
#define GOOD2  "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"tok-2\"}"

static int fetched, released;

static int fetch_secret(void *context, char **value, size_t *length, struct error *err)
{
    if (!context)
        return error_set(err, ERROR_CREDENTIALS, NULL, "cannot read /run/secret");
    *value = strdup(context);
    *length = strlen(*value);
    fetched++;
    return 0;
}

static void release_secret(char *value, size_t length)
{
    memset(value, 0, length);
    free(value);
    released++;
}

static struct arm_credential secret_credential(void)
{
    return (struct arm_credential){.name = "corp",
                                   .kind = ARM_CLIENT_SECRET,
                                   .tenant = "contoso.example",
                                   .client_id = "11111111-2222-3333-4444-555555555555",
                                   .source = "flexhost.ini:12",
                                   .fetch = fetch_secret,
                                   .release = release_secret,
                                   .context = (char *)SECRET "\n"};
}

struct seen {
    struct text lines;
};

static void trace(void *context, const char *line)
{
    struct seen *seen = context;
    text_add(&seen->lines, line);
    text_add(&seen->lines, "\n");
}

static struct fake *start(const struct arm_credential *credential, struct seen *seen)
{
    struct arm_settings settings = {.trace = seen ? trace : NULL, .trace_context = seen};
    fetched = released = 0;
    return fake_new_with(&settings, credential, 1);
}

static void get(struct fake *fake, struct fake_result *result)
{
    struct arm_call call = {.method = "GET", .path = "/subscriptions/s1", .credential = "corp"};
    result->fake = fake;
    ck_assert_uint_ne(arm_send(fake->arm, &call, fake_done, result), 0);
}

START_TEST(a_thousand_calls_one_token)
{
    struct arm_credential credential = secret_credential();
    struct seen seen = {0};
    struct fake *fake = start(&credential, &seen);
    fake_add(fake, (struct fake_rule){.url = TOKEN, .status = 200, .body = GOOD, .delay_ms = 500});
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{}"});
    static struct fake_result results[1000];
    memset(results, 0, sizeof results);
    for (int i = 0; i < 1000; i++)
        get(fake, &results[i]);
    fake_run(fake, &results[999].done, 600 * 1000);
    ck_assert_uint_eq(fake_count(fake, "POST", TOKEN), 1);
    ck_assert_int_eq(arm_counts(fake->arm).tokens, 1);
    ck_assert_uint_eq(fake_count(fake, "GET", "/subscriptions/s1"), 1000);
    char value[64];
    ck_assert_str_eq(fake_header(&fake->requests[500], "Authorization", value, sizeof value),
                     "Bearer tok-1");
    ck_assert_str_eq(fake->requests[0].url, "https://login.example/contoso.example" TOKEN);
    ck_assert_str_eq(fake->requests[0].body,
                     "grant_type=client_credentials&client_id=11111111-2222-3333-4444-555555555555"
                     "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
                     "&client_secret=s3cr~t%2F%2B%26%3D");
    ck_assert_int_eq(fetched, 1);
    ck_assert_int_eq(released, 1);
    ck_assert_ptr_null(strstr(text_get(&seen.lines), "s3cr"));
    ck_assert_ptr_null(strstr(text_get(&seen.lines), "tok-1"));
    ck_assert_ptr_nonnull(strstr(text_get(&seen.lines), "← 200 in 500 ms, token corp"));
    text_free(&seen.lines);
    for (int i = 0; i < 1000; i++)
        fake_result_clear(&results[i]);
    fake_free(fake);
}
END_TEST

static void pass(struct fake *fake, int64_t ms)
{
    bool never = false;
    fake_run(fake, &never, ms);
}

START_TEST(tokens_are_renewed_before_they_expire)
{
    struct arm_credential credential = secret_credential();
    struct fake *fake = start(&credential, NULL);
    fake_add(fake, (struct fake_rule){.url = TOKEN, .status = 200, .body = GOOD, .times = 1});
    fake_add(fake, (struct fake_rule){.url = TOKEN, .status = 503, .times = 5});
    fake_add(fake, (struct fake_rule){.url = TOKEN, .status = 200, .body = GOOD2});
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{}"});
    struct fake_result results[5] = {{0}};
    get(fake, &results[0]);
    fake_run(fake, &results[0].done, 1000);
    pass(fake, 3200 * 1000);
    get(fake, &results[1]);
    fake_run(fake, &results[1].done, 1000);
    ck_assert_uint_eq(fake_count(fake, NULL, TOKEN), 1);
    pass(fake, 110 * 1000); /* less than five minutes are left: renewed, and the old one serves */
    get(fake, &results[2]);
    fake_run(fake, &results[2].done, 100);
    ck_assert_int_eq(results[2].outcome, ARM_DONE);
    pass(fake, 120 * 1000);
    ck_assert_uint_eq(fake_count(fake, NULL, TOKEN), 6); /* which failed five times */
    get(fake, &results[3]);
    fake_run(fake, &results[3].done, 1000);
    pass(fake, 1000);
    ck_assert_uint_eq(fake_count(fake, NULL, TOKEN), 7);
    get(fake, &results[4]);
    fake_run(fake, &results[4].done, 1000);
    char value[64];
    ck_assert_str_eq(
        fake_header(&fake->requests[fake->request_count - 1], "Authorization", value, sizeof value),
        "Bearer tok-2");
    for (int i = 0; i < 5; i++)
        fake_result_clear(&results[i]);
    fake_free(fake);
}
END_TEST

START_TEST(a_hundred_401_one_renewal)
{
    struct arm_credential credential = secret_credential();
    struct fake *fake = start(&credential, NULL);
    fake_add(fake, (struct fake_rule){.url = TOKEN, .status = 200, .body = GOOD, .times = 1});
    fake_add(fake, (struct fake_rule){.url = TOKEN, .status = 200, .body = GOOD2});
    fake_add(fake, (struct fake_rule){.url = "/subscriptions", .status = 401, .times = 100});
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{}"});
    static struct fake_result results[100];
    memset(results, 0, sizeof results);
    for (int i = 0; i < 100; i++)
        get(fake, &results[i]);
    pass(fake, 60 * 1000);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(results[i].outcome, ARM_DONE);
        ck_assert(results[i].done);
        fake_result_clear(&results[i]);
    }
    ck_assert_uint_eq(fake_count(fake, NULL, TOKEN), 2);
    fake_free(fake);
}
END_TEST

struct refusal_case {
    int status;
    const char *body;
    enum transport_failure failure;
    int requests; /* for the token */
    int error_code;
    const char *message;
};

#define AADSTS(code) "{\"error\":\"x\",\"error_description\":\"" code ": text. Trace ID: 1\"}"

static const struct refusal_case refusals[] = {
    {401, AADSTS("AADSTS7000215"), 0, 1, ERROR_CREDENTIALS, "the client secret is wrong"},
    {401, AADSTS("AADSTS7000222"), 0, 1, ERROR_CREDENTIALS, "the client secret has expired"},
    {400, AADSTS("AADSTS700016"), 0, 1, ERROR_CREDENTIALS, "no application with this client id"},
    {400, AADSTS("AADSTS90002"), 0, 1, ERROR_CREDENTIALS, "there is no such tenant"},
    {400, AADSTS("AADSTS999999"), 0, 1, ERROR_CREDENTIALS, "(HTTP 400: AADSTS999999: text.)"},
    {400, "<html>", 0, 1, ERROR_CREDENTIALS, "sign-in was refused (HTTP 400)"},
    {200, "{}", 0, 5, ERROR_CREDENTIALS, "holds no access_token"},
    {200, "{\"access_token\":\"a\\r\\nX-Evil: 1\"}", 0, 5, ERROR_CREDENTIALS, "no access_token"},
    {503, "", 0, 5, ERROR_CREDENTIALS, "HTTP 503"},
    {0, "", TRANSPORT_NOT_SENT, 3, ERROR_RETRY, "no token: the wire was cut"},
};

START_TEST(refusals_name_credential_and_mend)
{
    const struct refusal_case *test = &refusals[_i];
    struct arm_credential credential = secret_credential();
    struct fake *fake = start(&credential, NULL);
    fake_add(fake, (struct fake_rule){
                       .status = test->status, .body = test->body, .failure = test->failure});
    struct fake_result result = {0};
    get(fake, &result);
    fake_run(fake, &result.done, 600 * 1000);
    ck_assert_int_eq(result.outcome, ARM_UNAVAILABLE);
    ck_assert_int_eq(result.error_code, test->error_code);
    ck_assert_msg(strstr(result.message, "credential \"corp\" (flexhost.ini:12)"), "%s",
                  result.message);
    ck_assert_msg(strstr(result.message, test->message), "%s", result.message);
    ck_assert_ptr_null(strstr(result.message, "s3cr"));
    ck_assert_uint_eq(fake->request_count, (size_t)test->requests);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

START_TEST(a_secret_that_cannot_be_read)
{
    struct arm_credential credential = secret_credential();
    credential.context = NULL;
    struct fake *fake = start(&credential, NULL);
    struct fake_result result = {0};
    get(fake, &result);
    fake_run(fake, &result.done, 1000);
    ck_assert_str_eq(result.message, "credential \"corp\" (flexhost.ini:12): cannot read "
                                     "/run/secret");
    ck_assert_uint_eq(fake->request_count, 0);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

START_TEST(managed_identity)
{
    struct arm_credential credential = {.name = "corp",
                                        .kind = ARM_MANAGED_IDENTITY,
                                        .client_id = "11111111-2222-3333-4444-555555555555",
                                        .source = "flexhost.ini:30"};
    struct fake *fake = start(&credential, NULL);
    fake_add(fake, (struct fake_rule){.url = "169.254", .status = 404, .times = 1});
    fake_add(fake, (struct fake_rule){.url = "169.254",
                                      .status = 200,
                                      .body = "{\"access_token\":\"mi\",\"expires_in\":\"600\"}"});
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{}"});
    struct fake_result results[2] = {{0}};
    get(fake, &results[0]);
    fake_run(fake, &results[0].done, 10000);
    ck_assert_int_eq(results[0].outcome, ARM_DONE);
    char value[64];
    ck_assert_str_eq(fake->requests[0].url,
                     "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
                     "&resource=https%3A%2F%2Fmanagement.azure.com"
                     "&client_id=11111111-2222-3333-4444-555555555555");
    ck_assert_str_eq(fake_header(&fake->requests[0], "Metadata", value, sizeof value), "true");
    pass(fake, 601 * 1000); /* "600" is ten minutes although it is a string */
    get(fake, &results[1]);
    fake_run(fake, &results[1].done, 10000);
    ck_assert_uint_eq(fake_count(fake, NULL, "169.254"), 3);
    fake_result_clear(&results[0]);
    fake_result_clear(&results[1]);
    fake_free(fake);
}
END_TEST

/* ---- client certificates ---- */

static X509 *make_certificate(EVP_PKEY *key, long life_s)
{
    X509 *certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    time_t base = 1700000000;
    ASN1_TIME_set(X509_getm_notBefore(certificate), base - 3600);
    ASN1_TIME_set(X509_getm_notAfter(certificate), base + life_s);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

static char *make_pem(X509 *certificate, EVP_PKEY *key, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (key)
        PEM_write_bio_PrivateKey(bio, key, password ? EVP_aes_256_cbc() : NULL,
                                 (const unsigned char *)password,
                                 password ? (int)strlen(password) : 0, NULL, NULL);
    if (certificate)
        PEM_write_bio_X509(bio, certificate);
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)length);
    BIO_free(bio);
    return pem;
}

static size_t base64url_decode(const char *text, size_t length, unsigned char *data)
{
    char padded[2048];
    size_t size = 0;
    for (; size < length; size++)
        padded[size] = text[size] == '-' ? '+' : text[size] == '_' ? '/' : text[size];
    while (size % 4)
        padded[size++] = '=';
    int decoded = EVP_DecodeBlock(data, (unsigned char *)padded, (int)size);
    return (size_t)decoded - (4 - length % 4) % 4;
}

static bool is_signed(const char *jwt, EVP_PKEY *key)
{
    const char *dot = strrchr(jwt, '.');
    unsigned char signature[512];
    size_t length = base64url_decode(dot + 1, strlen(dot + 1), signature);
    EVP_PKEY_CTX *options = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, &options, EVP_sha256(), NULL, key);
    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    int valid = EVP_DigestVerify(context, signature, length, (const unsigned char *)jwt,
                                 (size_t)(dot - jwt));
    EVP_MD_CTX_free(context);
    return valid == 1;
}

static json_t *part_of(const char *jwt, int part)
{
    unsigned char data[2048];
    const char *start = part ? strchr(jwt, '.') + 1 : jwt;
    size_t length = base64url_decode(start, strcspn(start, "."), data);
    return json_loadb((const char *)data, length, 0, NULL);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

START_TEST(client_certificate)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *certificate = make_certificate(key, 3600);
    char *pem = make_pem(certificate, key, NULL);
    struct arm_credential credential = secret_credential();
    credential.kind = ARM_CLIENT_CERTIFICATE;
    credential.context = pem;
    struct fake *fake = start(&credential, NULL);
    fake_add(fake, (struct fake_rule){.url = TOKEN, .status = 200, .body = GOOD});
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{}"});
    struct fake_result result = {0};
    get(fake, &result);
    fake_run(fake, &result.done, 1000);
    ck_assert_msg(result.outcome == ARM_DONE, "%s", result.message);
    const char *body = fake->requests[0].body;
    ck_assert_ptr_nonnull(strstr(body, "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                       "client-assertion-type%3Ajwt-bearer&client_assertion=ey"));
    const char *jwt = strstr(body, "client_assertion=") + 17;
    ck_assert(is_signed(jwt, key));
    json_t *header = part_of(jwt, 0), *claims = part_of(jwt, 1);
    ck_assert_str_eq(text_of(header, "alg"), "PS256");
    ck_assert_uint_eq(strlen(text_of(header, "x5t#S256")), 43);
    ck_assert_str_eq(text_of(claims, "aud"), "https://login.example/contoso.example" TOKEN);
    ck_assert_str_eq(text_of(claims, "iss"), credential.client_id);
    ck_assert_str_eq(text_of(claims, "sub"), credential.client_id);
    ck_assert_uint_eq(strlen(text_of(claims, "jti")), 36);
    json_int_t issued = json_integer_value(json_object_get(claims, "iat"));
    ck_assert_int_eq(issued, 1700000000);
    ck_assert_int_lt(json_integer_value(json_object_get(claims, "nbf")), issued);
    ck_assert_int_eq(json_integer_value(json_object_get(claims, "exp")), issued + 600);
    json_decref(header);
    json_decref(claims);
    fake_result_clear(&result);
    fake_free(fake);
    X509_free(certificate);
    EVP_PKEY_free(key);
    free(pem);
}
END_TEST

START_TEST(certificates_that_will_not_do)
{
    EVP_PKEY *key = EVP_RSA_gen(1024), *other = EVP_RSA_gen(1024), *curve = EVP_EC_gen("P-256");
    X509 *good = make_certificate(key, 3600), *old = make_certificate(key, -60);
    X509 *elliptic = make_certificate(curve, 3600);
    struct {
        char *pem;
        const char *message;
    } tests[] = {{strdup("nothing"), "holds no certificate"},
                 {make_pem(good, NULL, NULL), "holds no private key"},
                 {make_pem(good, key, "password"), "under a password"},
                 {make_pem(good, other, NULL), "does not belong to the certificate"},
                 {make_pem(old, key, NULL), "has expired"},
                 {make_pem(elliptic, curve, NULL), "not an RSA key"}};
    struct fake *fake = fake_new(NULL);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        struct error err = ERROR_INIT;
        char *jwt = NULL;
        ck_assert_int_eq(assertion_make(tests[i].pem, strlen(tests[i].pem), "https://x", "id",
                                        &fake->clock, &jwt, &err),
                         -1);
        ck_assert_msg(strstr(error_text(&err), tests[i].message), "%s", error_text(&err));
        ck_assert_ptr_null(jwt);
        error_clear(&err);
        free(tests[i].pem);
    }
    fake_free(fake);
    X509_free(good);
    X509_free(old);
    X509_free(elliptic);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    EVP_PKEY_free(curve);
}
END_TEST

/* ---- endpoints ---- */

static const struct endpoint_case {
    const char *authority;
    const char *resource_manager;
    const char *metadata;
    const char *message; /* NULL: accepted */
} endpoints[] = {
    {"https://login.microsoftonline.com/", "https://management.azure.com/", NULL, NULL},
    {"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:1", NULL},
    {"http://login.example", "https://management.azure.com", NULL, "[azure] authority"},
    {"https://login.example", "http://management.azure.com", NULL, "would send tokens unencrypted"},
    {"https://login.example", "http://127.0.0.1.evil.example", NULL, "unencrypted"},
    {"https://login.example", "https://me:pass@host.example", NULL, "user name or password"},
    {"https://login.example", "management.azure.com", NULL, "must be an https URL"},
    {"https://login.example", "https://management.azure.com", "http://10.0.0.1",
     "[azure] metadata"},
};

START_TEST(endpoints_are_looked_at)
{
    const struct endpoint_case *test = &endpoints[_i];
    struct fake *fake = fake_new(NULL);
    struct arm_settings settings = {.authority = test->authority,
                                    .resource_manager = test->resource_manager,
                                    .metadata = test->metadata};
    struct error err = ERROR_INIT;
    struct arm *arm = arm_new(fake->loop, &settings, NULL, 0, &err);
    if (test->message) {
        ck_assert_ptr_null(arm);
        ck_assert_int_eq(err.code, ERROR_USAGE);
        ck_assert_msg(strstr(error_text(&err), test->message), "%s", error_text(&err));
    } else {
        ck_assert_msg(arm, "%s", error_text(&err));
    }
    error_clear(&err);
    arm_free(arm);
    fake_free(fake);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure token");
    TCase *tcase = tcase_create("token");
    tcase_set_timeout(tcase, 60); /* it makes RSA keys */
    tcase_add_test(tcase, a_thousand_calls_one_token);
    tcase_add_test(tcase, tokens_are_renewed_before_they_expire);
    tcase_add_test(tcase, a_hundred_401_one_renewal);
    tcase_add_loop_test(tcase, refusals_name_credential_and_mend, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(tcase, a_secret_that_cannot_be_read);
    tcase_add_test(tcase, managed_identity);
    tcase_add_test(tcase, client_certificate);
    tcase_add_test(tcase, certificates_that_will_not_do);
    tcase_add_loop_test(tcase, endpoints_are_looked_at, 0, sizeof endpoints / sizeof *endpoints);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
