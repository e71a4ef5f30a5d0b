# Unit tests of host/plan.
plan_fixture = tests/unit/plan_fixture.c tests/unit/plan_fixture.h \
	tests/unit/azure_fake.c tests/unit/azure_fake.h

check_PROGRAMS += tests/unit/plan_engine.tap
TESTS += tests/unit/plan_engine.tap
tests_unit_plan_engine_tap_SOURCES = tests/unit/test_plan_engine.c $(plan_fixture)
tests_unit_plan_engine_tap_CFLAGS = $(unit_cflags)
tests_unit_plan_engine_tap_LDADD = $(unit_ldadd)
