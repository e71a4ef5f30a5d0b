# Unit tests of host/plugin.
check_PROGRAMS += tests/unit/plugin_fields.tap tests/unit/plugin_registry.tap
TESTS += tests/unit/plugin_fields.tap tests/unit/plugin_registry.tap

tests_unit_plugin_fields_tap_SOURCES = tests/unit/plugin_fields.c
tests_unit_plugin_fields_tap_CFLAGS = $(unit_cflags)
tests_unit_plugin_fields_tap_LDADD = $(unit_ldadd)

tests_unit_plugin_registry_tap_SOURCES = tests/unit/plugin_registry.c
tests_unit_plugin_registry_tap_CFLAGS = $(unit_cflags)
tests_unit_plugin_registry_tap_LDADD = $(unit_ldadd)
EXTRA_tests_unit_plugin_registry_tap_DEPENDENCIES = $(bad_stamp) plugins/connection-none.la
