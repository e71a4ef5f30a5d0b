# Unit tests of host/store.
store_tests = tests/unit/test-store tests/unit/test-store-disk tests/unit/test-store-leases \
	tests/unit/test-store-secrets
store_fixture = tests/unit/store_fixture.c tests/unit/store_fixture.h

tests_unit_test_store_SOURCES = tests/unit/test_store.c $(store_fixture)
tests_unit_test_store_CFLAGS = $(unit_cflags)
tests_unit_test_store_LDADD = $(unit_ldadd)

tests_unit_test_store_disk_SOURCES = tests/unit/test_store_disk.c $(store_fixture)
tests_unit_test_store_disk_CFLAGS = $(unit_cflags)
tests_unit_test_store_disk_LDADD = $(unit_ldadd)

tests_unit_test_store_leases_SOURCES = tests/unit/test_store_leases.c $(store_fixture)
tests_unit_test_store_leases_CFLAGS = $(unit_cflags)
tests_unit_test_store_leases_LDADD = $(unit_ldadd)

tests_unit_test_store_secrets_SOURCES = tests/unit/test_store_secrets.c $(store_fixture)
tests_unit_test_store_secrets_CFLAGS = $(unit_cflags)
tests_unit_test_store_secrets_LDADD = $(unit_ldadd)

check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)
