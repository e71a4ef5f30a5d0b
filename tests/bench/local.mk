# What flexhost costs, in ratios; `make bench` prints them.
EXTRA_PROGRAMS += tests/bench/measure
tests_bench_measure_SOURCES = tests/bench/measure.c
EXTRA_DIST += tests/bench/bench.sh
CLEANFILES += tests/bench/measure bench.json

.PHONY: bench
bench: all tests/bench/measure libstrike.la tests/azure-local/azure-local
	$(srcdir)/tests/bench/bench.sh
