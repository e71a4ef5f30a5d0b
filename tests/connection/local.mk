# Connections beside the programs that they have to work with.
check_PROGRAMS += tests/connection/ask
tests_connection_ask_SOURCES = tests/connection/ask.c
tests_connection_ask_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/test
tests_connection_ask_LDADD = sdk/test/libfhtest.la

TESTS += tests/connection/strongswan.tap
EXTRA_DIST += tests/connection/strongswan.tap
