# Through the command line, against a local Azure.
check_PROGRAMS += tests/e2e/fields
tests_e2e_fields_SOURCES = tests/e2e/fields.c
tests_e2e_fields_LDADD = libflexhost.la

E2E_TESTS = tests/e2e/nouns.tap tests/e2e/refusals.tap tests/e2e/signin.tap \
	tests/e2e/connections.tap tests/e2e/connection-states.tap tests/e2e/connection-secrets.tap \
	tests/e2e/connection-neighbours.tap tests/e2e/connection-recovery.tap \
	tests/e2e/image-build.tap tests/e2e/image-import.tap tests/e2e/image-verbs.tap \
	tests/e2e/image-neighbours.tap \
	tests/e2e/quota.tap tests/e2e/limits.tap tests/e2e/subscriptions.tap \
	tests/e2e/keys.tap
TESTS += $(E2E_TESTS)
EXTRA_DIST += $(E2E_TESTS) tests/e2e/lib.sh tests/e2e/image-lib.sh tests/e2e/connection-types.sh tests/e2e/demo.sh tests/e2e/commands.tsv tests/e2e/refusals.tsv

# What the demonstration needs beside the program.
.PHONY: demo-programs
demo-programs: all tests/azure-local/azure-local
CLEANFILES += tests/e2e/keys.jsonl tests/e2e/nouns.jsonl tests/e2e/connections.jsonl \
	tests/e2e/image-import.jsonl tests/e2e/image-build.jsonl
