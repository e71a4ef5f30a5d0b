# The method COPY, through the command line and a plugin of its own.
check_LTLIBRARIES += tests/copy/connection-copied.la
tests_copy_connection_copied_la_SOURCES = tests/copy/plugin.c
# A module that is never installed: without an rpath libtool would build the archive alone.
tests_copy_connection_copied_la_LDFLAGS = $(plugin_ldflags) -rpath /nowhere
tests_copy_connection_copied_la_LIBADD = $(JANSSON_LIBS)

COPY_TESTS = tests/copy/copy.tap
TESTS += $(COPY_TESTS)
EXTRA_DIST += $(COPY_TESTS) tests/copy/lib.sh
