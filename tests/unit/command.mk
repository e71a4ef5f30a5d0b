# Unit tests of host/command; what commands do end to end is in tests/e2e.
command_world = tests/unit/command_world.c tests/unit/command_world.h $(store_fixture)
check_PROGRAMS += tests/unit/command.tap
TESTS += tests/unit/command.tap
tests_unit_command_tap_SOURCES = tests/unit/command_catalog.c
tests_unit_command_tap_CFLAGS = $(unit_cflags)
tests_unit_command_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/command_admit.tap
TESTS += tests/unit/command_admit.tap
tests_unit_command_admit_tap_SOURCES = tests/unit/command_admit.c $(command_world)
tests_unit_command_admit_tap_CFLAGS = $(unit_cflags)
tests_unit_command_admit_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/command_listing.tap
TESTS += tests/unit/command_listing.tap
tests_unit_command_listing_tap_SOURCES = tests/unit/command_listing.c
tests_unit_command_listing_tap_CFLAGS = $(unit_cflags)
tests_unit_command_listing_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/command_sign_in.tap
TESTS += tests/unit/command_sign_in.tap
tests_unit_command_sign_in_tap_SOURCES = tests/unit/command_sign_in.c
tests_unit_command_sign_in_tap_CFLAGS = $(unit_cflags)
tests_unit_command_sign_in_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/command_key.tap
TESTS += tests/unit/command_key.tap
tests_unit_command_key_tap_SOURCES = tests/unit/command_key.c $(command_world)
tests_unit_command_key_tap_CFLAGS = $(unit_cflags)
tests_unit_command_key_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/command_references.tap
TESTS += tests/unit/command_references.tap
tests_unit_command_references_tap_SOURCES = tests/unit/command_references.c $(command_world)
tests_unit_command_references_tap_CFLAGS = $(unit_cflags)
tests_unit_command_references_tap_LDADD = $(unit_ldadd)
