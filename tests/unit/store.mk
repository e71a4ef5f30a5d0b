# Unit tests of host/store.
store_tests = tests/unit/test-store
store_fixture = tests/unit/store_fixture.c tests/unit/store_fixture.h

tests_unit_test_store_SOURCES = tests/unit/test_store.c $(store_fixture)
tests_unit_test_store_CFLAGS = $(unit_cflags)
tests_unit_test_store_LDADD = $(unit_ldadd)

check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)
