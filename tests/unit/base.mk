# Unit tests of host/base.

check_PROGRAMS += tests/unit/base_file.tap
TESTS += tests/unit/base_file.tap
tests_unit_base_file_tap_SOURCES = tests/unit/base_file.c $(store_fixture)
tests_unit_base_file_tap_CFLAGS = $(unit_cflags)
tests_unit_base_file_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/base_loop.tap
TESTS += tests/unit/base_loop.tap
tests_unit_base_loop_tap_SOURCES = tests/unit/base_loop.c
tests_unit_base_loop_tap_CFLAGS = $(unit_cflags)
tests_unit_base_loop_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/base_values.tap
TESTS += tests/unit/base_values.tap
tests_unit_base_values_tap_SOURCES = tests/unit/base_values.c
tests_unit_base_values_tap_CFLAGS = $(unit_cflags)
tests_unit_base_values_tap_LDADD = $(unit_ldadd)
