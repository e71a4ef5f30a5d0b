# Unit tests of host/plugin.
plugin_tests = tests/unit/plugin_call.tap tests/unit/plugin_call_image.tap tests/unit/plugin_fields.tap \
	tests/unit/plugin_registry.tap tests/unit/plugin_url.tap tests/unit/common_vhd.tap
check_PROGRAMS += $(plugin_tests)
TESTS += $(plugin_tests)

tests_unit_plugin_call_tap_SOURCES = tests/unit/plugin_call.c
tests_unit_plugin_call_tap_CFLAGS = $(unit_cflags)
tests_unit_plugin_call_tap_LDADD = $(unit_ldadd)
EXTRA_tests_unit_plugin_call_tap_DEPENDENCIES = $(bad_stamp)

tests_unit_plugin_call_image_tap_SOURCES = tests/unit/plugin_call_image.c
tests_unit_plugin_call_image_tap_CFLAGS = $(unit_cflags)
tests_unit_plugin_call_image_tap_LDADD = $(unit_ldadd)

tests_unit_plugin_fields_tap_SOURCES = tests/unit/plugin_fields.c
tests_unit_plugin_fields_tap_CFLAGS = $(unit_cflags)
tests_unit_plugin_fields_tap_LDADD = $(unit_ldadd)

tests_unit_plugin_registry_tap_SOURCES = tests/unit/plugin_registry.c
tests_unit_plugin_registry_tap_CFLAGS = $(unit_cflags)
tests_unit_plugin_registry_tap_LDADD = $(unit_ldadd)
EXTRA_tests_unit_plugin_registry_tap_DEPENDENCIES = $(bad_stamp) plugins/connection-none.la

tests_unit_plugin_url_tap_SOURCES = tests/unit/plugin_url.c
tests_unit_plugin_url_tap_CFLAGS = $(unit_cflags)
tests_unit_plugin_url_tap_LDADD = $(unit_ldadd)

# What plugins share.
tests_unit_common_vhd_tap_SOURCES = tests/unit/common_vhd.c
tests_unit_common_vhd_tap_CFLAGS = $(unit_cflags)
tests_unit_common_vhd_tap_LDADD = $(CHECK_LIBS)
