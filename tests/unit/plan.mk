# Unit tests of host/plan.
plan_fixture = tests/unit/plan_fixture.c tests/unit/plan_fixture.h \
	tests/unit/azure_fake.c tests/unit/azure_fake.h

check_PROGRAMS += tests/unit/plan_engine.tap
TESTS += tests/unit/plan_engine.tap
tests_unit_plan_engine_tap_SOURCES = tests/unit/test_plan_engine.c $(plan_fixture)
tests_unit_plan_engine_tap_CFLAGS = $(unit_cflags)
tests_unit_plan_engine_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/plan_features.tap
TESTS += tests/unit/plan_features.tap
tests_unit_plan_features_tap_SOURCES = tests/unit/plan_main.c tests/unit/plan_suites.h \
	tests/unit/plan_tools.c tests/unit/plan_tools.h \
	tests/unit/plan_guard.c tests/unit/plan_guard.h \
	tests/unit/plan_world.c tests/unit/plan_world.h \
	tests/unit/test_plan_graph.c tests/unit/test_plan_binding.c \
	tests/unit/test_plan_resume.c tests/unit/test_plan_failures.c \
	tests/unit/test_plan_watch.c tests/unit/test_plan_undo.c \
	tests/unit/test_plan_drift.c tests/unit/test_plan_copy.c \
	tests/unit/test_plan_capacity.c tests/unit/test_plan_credentials.c $(plan_fixture)
tests_unit_plan_features_tap_CFLAGS = $(unit_cflags)
tests_unit_plan_features_tap_LDADD = $(unit_ldadd)
