# The simulator: the real engine, client and store in a seeded world.
check_PROGRAMS += tests/sim/simulate
tests_sim_simulate_SOURCES = \
	tests/sim/azure.c \
	tests/sim/chance.c \
	tests/sim/flaky_store.c \
	tests/sim/network.c \
	tests/sim/scenario.c tests/sim/scenario.h \
	tests/sim/sim.h \
	tests/sim/simulate.c
tests_sim_simulate_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/sim
tests_sim_simulate_LDADD = libflexhost.la

# `make check` simulates 10,000 lives (500 under sanitizers); `make simulate SEED=7 RUNS=1` replays one.
EXTRA_DIST += tests/sim/simulate.tap
TESTS += tests/sim/simulate.tap

SEED = 1
RUNS = 10000
SIMULATE_FLAGS =

.PHONY: simulate
simulate: tests/sim/simulate
	tests/sim/simulate $(SIMULATE_FLAGS) $(SEED) $(RUNS)
