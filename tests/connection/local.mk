# Connections against servers and devices as they are in the field. A test skips what is not installed.
check_PROGRAMS += tests/connection/ask
tests_connection_ask_SOURCES = tests/connection/ask.c
tests_connection_ask_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/test
tests_connection_ask_LDADD = sdk/test/libfhtest.la

CONNECTION_TESTS = tests/connection/names.tap tests/connection/strongswan.tap
TESTS += $(CONNECTION_TESTS)
EXTRA_DIST += $(CONNECTION_TESTS)
