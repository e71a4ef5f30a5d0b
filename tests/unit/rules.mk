# Unit tests of host/rules.
noinst_HEADERS += tests/unit/tap_main.h

check_PROGRAMS += tests/unit/rules.tap
TESTS += tests/unit/rules.tap
tests_unit_rules_tap_SOURCES = \
	tests/unit/rules_main.c tests/unit/rules_suites.h \
	tests/unit/rules_address.c \
	tests/unit/rules_key.c \
	tests/unit/rules_naming.c \
	tests/unit/rules_quota.c \
	tests/unit/rules_tables.c \
	tests/unit/rules_value.c
tests_unit_rules_tap_CFLAGS = $(unit_cflags)
tests_unit_rules_tap_LDADD = $(unit_ldadd)
