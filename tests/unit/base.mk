# Unit tests of host/base.
base_tests = tests/unit/test-base tests/unit/test-file tests/unit/test-loop

tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_CFLAGS = $(unit_cflags)
tests_unit_test_base_LDADD = $(unit_ldadd)

tests_unit_test_file_SOURCES = tests/unit/test_file.c tests/unit/store_fixture.c \
	tests/unit/store_fixture.h
tests_unit_test_file_CFLAGS = $(unit_cflags)
tests_unit_test_file_LDADD = $(unit_ldadd)

tests_unit_test_loop_SOURCES = tests/unit/test_loop.c
tests_unit_test_loop_CFLAGS = $(unit_cflags)
tests_unit_test_loop_LDADD = $(unit_ldadd)

check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
