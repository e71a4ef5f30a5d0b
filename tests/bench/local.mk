# What flexhost costs, in ratios; `make bench` prints them.
EXTRA_PROGRAMS += tests/bench/measure
tests_bench_measure_SOURCES = tests/bench/measure.c
EXTRA_DIST += tests/bench/bench.sh tests/bench/copy.sh
CLEANFILES += tests/bench/measure bench.json bench-copy.json

.PHONY: bench
bench: all tests/bench/measure libstrike.la tests/azure-local/azure-local tests/copy/connection-copied.la
	$(srcdir)/tests/bench/bench.sh
	$(srcdir)/tests/bench/copy.sh
