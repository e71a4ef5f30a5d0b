# Unit tests of host/config.
check_PROGRAMS += tests/unit/config.tap
TESTS += tests/unit/config.tap
tests_unit_config_tap_SOURCES = \
	tests/unit/config_main.c tests/unit/config_suites.h \
	tests/unit/config_ini.c \
	tests/unit/config_load.c \
	tests/unit/config_locate.c \
	tests/unit/config_samples.c \
	tests/unit/config_secret.c
tests_unit_config_tap_CFLAGS = $(unit_cflags)
tests_unit_config_tap_LDADD = $(unit_ldadd)
