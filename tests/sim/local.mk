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
