# Connections against servers as they are in the field. A test skips what is not installed.
CONNECTION_TESTS =
TESTS += $(CONNECTION_TESTS)
EXTRA_DIST += $(CONNECTION_TESTS)

CONNECTION_TESTS += tests/connection/names.tap
