# The unit tests of a room stand in tests/unit/ROOM.mk; the other kinds have folders of their own.
unit_ldadd = libflexhost.la $(CHECK_LIBS)
unit_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS)

include tests/unit/base.mk
include tests/unit/rules.mk
include tests/unit/config.mk
include tests/unit/store.mk
include tests/unit/azure.mk
include tests/unit/plan.mk
include tests/unit/plugin.mk
include tests/unit/command.mk
include tests/unit/face.mk
include tests/plugins/local.mk
include tests/connection/local.mk
include tests/azure-local/local.mk
include tests/sdk-client/local.mk
include tests/sim/local.mk
include tests/e2e/local.mk
include tests/copy/local.mk
include tests/images/local.mk
include tests/crash/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
