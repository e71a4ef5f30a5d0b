# Unit tests of host/store.
store_fixture = tests/unit/store_fixture.c tests/unit/store_fixture.h

check_PROGRAMS += tests/unit/store_content.tap
TESTS += tests/unit/store_content.tap
tests_unit_store_content_tap_SOURCES = tests/unit/store_content.c $(store_fixture)
tests_unit_store_content_tap_CFLAGS = $(unit_cflags)
tests_unit_store_content_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/store_disk.tap
TESTS += tests/unit/store_disk.tap
tests_unit_store_disk_tap_SOURCES = tests/unit/store_disk.c $(store_fixture)
tests_unit_store_disk_tap_CFLAGS = $(unit_cflags)
tests_unit_store_disk_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/store_leases.tap
TESTS += tests/unit/store_leases.tap
tests_unit_store_leases_tap_SOURCES = tests/unit/store_leases.c $(store_fixture)
tests_unit_store_leases_tap_CFLAGS = $(unit_cflags)
tests_unit_store_leases_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/store_secrets.tap
TESTS += tests/unit/store_secrets.tap
tests_unit_store_secrets_tap_SOURCES = tests/unit/store_secrets.c $(store_fixture)
tests_unit_store_secrets_tap_CFLAGS = $(unit_cflags)
tests_unit_store_secrets_tap_LDADD = $(unit_ldadd)
