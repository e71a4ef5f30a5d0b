/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys from PEM: every number byte for byte, and each kind of file that is none. */
/* For keys that no tool makes; OpenSSL 3 calls old what they take. */
#define OPENSSL_API_COMPAT 0x10101000L

#include "azure/rsa_key.h"
#include "azure_rsa_vector.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tap_main.h" /* last: Check has a macro called fail */

static const char *secret(const struct rsa_key *key, const char *name)
{
    return json_string_value(json_object_get(key->secrets, name));
}

START_TEST(a_key_becomes_the_numbers_that_openssl_tells)
{
    struct error err = ERROR_INIT;
    struct rsa_key key;
    char fingerprint[RSA_FINGERPRINT];
    ck_assert_int_eq(rsa_key_read("--k", vector_pem, strlen(vector_pem), &key, &err), 0);
    ck_assert_int_eq(key.bits, 2048);
    ck_assert_str_eq(key.n, vector_n);
    ck_assert_str_eq(key.e, "AQAB");
    ck_assert_str_eq(secret(&key, "d"), vector_d);
    ck_assert_str_eq(secret(&key, "p"), vector_p);
    ck_assert_str_eq(secret(&key, "q"), vector_q);
    ck_assert_str_eq(secret(&key, "dp"), vector_dp);
    ck_assert_str_eq(secret(&key, "dq"), vector_dq);
    ck_assert_str_eq(secret(&key, "qi"), vector_qi);
    ck_assert_int_eq(rsa_key_fingerprint(key.n, key.e, fingerprint, &err), 0);
    ck_assert_str_eq(fingerprint, vector_fingerprint);
    rsa_key_clear(&key);
}
END_TEST

/* A key of so many bits with that exponent, as a PEM that the caller frees. */
static char *make_pem(int bits, unsigned long exponent)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    BIGNUM *e = BN_new();
    EVP_PKEY *pair = NULL;
    ck_assert_int_eq(BN_set_word(e, exponent), 1);
    ck_assert_int_eq(EVP_PKEY_keygen_init(context), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_pubexp(context, e), 1);
    ck_assert_int_eq(EVP_PKEY_keygen(context, &pair), 1);
    BIO *bio = BIO_new(BIO_s_mem());
    ck_assert_int_eq(PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL), 1);
    char *data;
    long length = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)length);
    BIO_free(bio);
    EVP_PKEY_free(pair);
    EVP_PKEY_CTX_free(context);
    return pem;
}

static const struct {
    int bits;
    unsigned long exponent;
    const char *refusal; /* NULL: it is taken */
} sizes[] = {
    {1024, 65537, "1024 bits, and Azure takes 2048, 3072 or 4096"},
    {2056, 65537, "2056 bits"},
    {2048, 3, NULL},
    {3072, 65537, NULL},
};

START_TEST(sizes_and_exponents_are_those_of_vaults)
{
    struct error err = ERROR_INIT;
    struct rsa_key key;
    char *pem = make_pem(sizes[_i].bits, sizes[_i].exponent);
    int result = rsa_key_read("--k", pem, strlen(pem), &key, &err);
    ck_assert_int_eq(result, sizes[_i].refusal ? -1 : 0);
    if (sizes[_i].refusal)
        ck_assert_msg(strstr(error_text(&err), sizes[_i].refusal), "%s", error_text(&err));
    else
        ck_assert_int_eq(key.bits, sizes[_i].bits);
    rsa_key_clear(&key);
    error_clear(&err);
    free(pem);
}
END_TEST

static const struct {
    const char *pem;
    const char *refusal;
} files[] = {
    {"", "is not PEM"},
    {"MIIEvQIBADANBgkqhkiG9w0BAQ", "is not PEM"},
    {"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", "public key only"},
    {"-----BEGIN RSA PUBLIC KEY-----\nMIIB\n-----END RSA PUBLIC KEY-----\n", "public key only"},
    {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "holds no private key"},
    {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
     "encrypted with a password"},
    {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB\n"
     "-----END RSA PRIVATE KEY-----\n",
     "encrypted with a password"},
    {"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", "damaged"},
    {"-----BEGIN PRIVATE KEY-----", "damaged"},
};

START_TEST(what_is_no_private_key_is_refused)
{
    struct error err = ERROR_INIT;
    struct rsa_key key;
    ck_assert_int_eq(
        rsa_key_read("--private-key", files[_i].pem, strlen(files[_i].pem), &key, &err), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_str_eq(err.field, "--private-key");
    ck_assert_msg(strstr(error_text(&err), files[_i].refusal), "%s", error_text(&err));
    ck_assert_ptr_null(key.n);
    error_clear(&err);
}
END_TEST

/* One that OpenSSL reads and whose parts are not of one key. */
START_TEST(numbers_that_do_not_fit_one_another_are_refused)
{
    struct error err = ERROR_INIT;
    struct rsa_key key;
    char *pem = strdup(vector_pem);
    char *line = strchr(pem, '\n') + 1 + 65 * 20; /* within the primes */
    line[10] = line[10] == 'A' ? 'B' : 'A';
    ck_assert_int_eq(rsa_key_read("--k", pem, strlen(pem), &key, &err), -1);
    ck_assert_msg(strstr(error_text(&err), "damaged"), "%s", error_text(&err));
    error_clear(&err);
    free(pem);
}
END_TEST

/* The key of the vector with another exponent, as a PEM that the caller frees. */
static char *with_exponent(unsigned long exponent)
{
    BIO *bio = BIO_new_mem_buf(vector_pem, -1);
    RSA *rsa = PEM_read_bio_RSAPrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    BIGNUM *e = BN_new();
    ck_assert_int_eq(BN_set_word(e, exponent), 1);
    ck_assert_int_eq(RSA_set0_key(rsa, NULL, e, NULL), 1);
    bio = BIO_new(BIO_s_mem());
    ck_assert_int_eq(PEM_write_bio_RSAPrivateKey(bio, rsa, NULL, NULL, 0, NULL, NULL), 1);
    char *data;
    long length = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)length);
    BIO_free(bio);
    RSA_free(rsa);
    return pem;
}

static const struct {
    unsigned long exponent;
    const char *refusal;
} exponents[] = {{65536, "not an odd number of 3 or more"},
                 {1, "not an odd number of 3 or more"},
                 {3, "do not fit one another"}};

START_TEST(exponents_are_odd_and_the_key_s_own)
{
    struct error err = ERROR_INIT;
    struct rsa_key key;
    char *pem = with_exponent(exponents[_i].exponent);
    ck_assert_int_eq(rsa_key_read("--k", pem, strlen(pem), &key, &err), -1);
    ck_assert_msg(strstr(error_text(&err), exponents[_i].refusal), "%s", error_text(&err));
    error_clear(&err);
    free(pem);
}
END_TEST

static const char *const strangers[][2] = {
    {NULL, "AQAB"}, {"", "AQAB"}, {"A", "AQAB"}, {"!!!!", "AQAB"}, {"AQAB", NULL}};

START_TEST(what_a_vault_may_say_instead_of_a_key)
{
    struct error err = ERROR_INIT;
    char fingerprint[RSA_FINGERPRINT];
    ck_assert_int_eq(rsa_key_fingerprint(strangers[_i][0], strangers[_i][1], fingerprint, &err),
                     -1);
    ck_assert_int_eq(err.code, ERROR_AZURE);
    error_clear(&err);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rsa_key");
    TCase *tcase = tcase_create("pem");
    tcase_add_test(tcase, a_key_becomes_the_numbers_that_openssl_tells);
    tcase_add_loop_test(tcase, sizes_and_exponents_are_those_of_vaults, 0,
                        sizeof sizes / sizeof *sizes);
    tcase_add_loop_test(tcase, what_is_no_private_key_is_refused, 0, sizeof files / sizeof *files);
    tcase_add_test(tcase, numbers_that_do_not_fit_one_another_are_refused);
    tcase_add_loop_test(tcase, exponents_are_odd_and_the_key_s_own, 0,
                        sizeof exponents / sizeof *exponents);
    tcase_add_loop_test(tcase, what_a_vault_may_say_instead_of_a_key, 0,
                        sizeof strangers / sizeof *strangers);
    suite_add_tcase(suite, tcase);
    return tap_main(suite);
}
