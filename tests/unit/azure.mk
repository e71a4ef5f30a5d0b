# Unit tests of host/azure.
azure_fake = tests/unit/azure_fake.c tests/unit/azure_fake.h

check_PROGRAMS += tests/unit/azure_send.tap
TESTS += tests/unit/azure_send.tap
tests_unit_azure_send_tap_SOURCES = tests/unit/azure_send.c $(azure_fake)
tests_unit_azure_send_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_send_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_transport.tap
TESTS += tests/unit/azure_transport.tap
tests_unit_azure_transport_tap_SOURCES = tests/unit/azure_transport.c \
	tests/unit/azure_server.c tests/unit/azure_server.h
tests_unit_azure_transport_tap_CFLAGS = $(unit_cflags) $(SSL_CFLAGS)
tests_unit_azure_transport_tap_LDADD = $(unit_ldadd) $(SSL_LIBS) -lpthread

check_PROGRAMS += tests/unit/azure_await.tap
TESTS += tests/unit/azure_await.tap
tests_unit_azure_await_tap_SOURCES = tests/unit/azure_await.c $(azure_fake)
tests_unit_azure_await_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_await_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_pace.tap
TESTS += tests/unit/azure_pace.tap
tests_unit_azure_pace_tap_SOURCES = tests/unit/azure_pace.c $(azure_fake)
tests_unit_azure_pace_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_pace_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_blob_list.tap
TESTS += tests/unit/azure_blob_list.tap
tests_unit_azure_blob_list_tap_SOURCES = tests/unit/azure_blob_list.c
tests_unit_azure_blob_list_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_blob_list_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_pages.tap
TESTS += tests/unit/azure_pages.tap
tests_unit_azure_pages_tap_SOURCES = tests/unit/azure_pages.c
tests_unit_azure_pages_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_pages_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_token.tap
TESTS += tests/unit/azure_token.tap
tests_unit_azure_token_tap_SOURCES = tests/unit/azure_token.c $(azure_fake)
tests_unit_azure_token_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_token_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_read.tap
TESTS += tests/unit/azure_read.tap
tests_unit_azure_read_tap_SOURCES = tests/unit/azure_read.c $(azure_fake)
tests_unit_azure_read_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_read_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_probe.tap
TESTS += tests/unit/azure_probe.tap
tests_unit_azure_probe_tap_SOURCES = tests/unit/azure_probe.c
tests_unit_azure_probe_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_probe_tap_LDADD = $(unit_ldadd) -lpthread

check_PROGRAMS += tests/unit/azure_lookup.tap
TESTS += tests/unit/azure_lookup.tap
tests_unit_azure_lookup_tap_SOURCES = tests/unit/azure_lookup.c $(azure_fake)
tests_unit_azure_lookup_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_lookup_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_ntp.tap
TESTS += tests/unit/azure_ntp.tap
tests_unit_azure_ntp_tap_SOURCES = tests/unit/azure_ntp.c
tests_unit_azure_ntp_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_ntp_tap_LDADD = $(unit_ldadd) -lpthread

azure_person = tests/unit/azure_person.c tests/unit/azure_person.h $(azure_fake)

check_PROGRAMS += tests/unit/azure_signin.tap
TESTS += tests/unit/azure_signin.tap
tests_unit_azure_signin_tap_SOURCES = tests/unit/azure_signin.c $(azure_person)
tests_unit_azure_signin_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_signin_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_signin_code.tap
TESTS += tests/unit/azure_signin_code.tap
tests_unit_azure_signin_code_tap_SOURCES = tests/unit/azure_signin_code.c $(azure_person)
tests_unit_azure_signin_code_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_signin_code_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_vault.tap
TESTS += tests/unit/azure_vault.tap
tests_unit_azure_vault_tap_SOURCES = tests/unit/azure_vault.c $(azure_fake)
tests_unit_azure_vault_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_vault_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/azure_rsa_key.tap
TESTS += tests/unit/azure_rsa_key.tap
tests_unit_azure_rsa_key_tap_SOURCES = tests/unit/azure_rsa_key.c tests/unit/azure_rsa_vector.h
tests_unit_azure_rsa_key_tap_CFLAGS = $(unit_cflags) $(SSL_CFLAGS)
tests_unit_azure_rsa_key_tap_LDADD = $(unit_ldadd) $(SSL_LIBS)
