# Kills, full disks and interrupts at every moment of an operation.
check_LTLIBRARIES += libstrike.la
libstrike_la_SOURCES = tests/crash/preload.c
libstrike_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
# A module that is never installed: without an rpath libtool would build the archive alone.
libstrike_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
libstrike_la_LIBADD = $(CURL_LIBS)

CRASH_TESTS = tests/crash/kill-before-sync.tap tests/crash/kill-after-sync.tap \
	tests/crash/kill-at-request.tap tests/crash/kill-at-answer.tap tests/crash/full-disk.tap \
	tests/crash/interrupt.tap tests/crash/faults.tap \
	tests/crash/kill-none.tap tests/crash/kill-vnet-peering.tap \
	tests/crash/kill-vpn-gateway.tap tests/crash/kill-vwan-spoke.tap tests/crash/kill-copy.tap \
	tests/crash/kill-key.tap \
	tests/crash/kill-image-build.tap \
	tests/crash/kill-image-import.tap \
	tests/crash/connection-faults.tap
TESTS += $(CRASH_TESTS)
EXTRA_DIST += $(CRASH_TESTS) tests/crash/lib.sh tests/crash/connections.sh
