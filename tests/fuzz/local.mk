# Fuzz targets. With --enable-fuzzers (clang) each is a libFuzzer program:
#   tests/fuzz/ini -max_total_time=600 FOLDER $(srcdir)/tests/fuzz/corpus/ini
# Without, replay.c runs the corpus and some thousand mutations of it as a test. A new target is a
# source, a folder of the same name in corpus/, a word in fuzz_targets and three lines below.
fuzz_targets = tests/fuzz/address tests/fuzz/arm_answer tests/fuzz/binding tests/fuzz/blob_list tests/fuzz/ini tests/fuzz/naming tests/fuzz/ntp tests/fuzz/pages tests/fuzz/url_parts tests/fuzz/value tests/fuzz/vhd

if FUZZERS
noinst_PROGRAMS += $(fuzz_targets)
fuzz_main = tests/fuzz/fuzz.h
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)
fuzz_main = tests/fuzz/fuzz.h tests/fuzz/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
endif

tests_fuzz_address_SOURCES = tests/fuzz/address.c $(fuzz_main)
tests_fuzz_address_LDADD = libflexhost.la
tests_fuzz_address_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_arm_answer_SOURCES = tests/fuzz/arm_answer.c $(fuzz_main)
tests_fuzz_arm_answer_LDADD = libflexhost.la
tests_fuzz_arm_answer_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_binding_SOURCES = tests/fuzz/binding.c $(fuzz_main)
tests_fuzz_binding_LDADD = libflexhost.la
tests_fuzz_binding_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_blob_list_SOURCES = tests/fuzz/blob_list.c $(fuzz_main)
tests_fuzz_blob_list_LDADD = libflexhost.la
tests_fuzz_blob_list_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_ini_SOURCES = tests/fuzz/ini.c $(fuzz_main)
tests_fuzz_ini_LDADD = libflexhost.la
tests_fuzz_ini_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_naming_SOURCES = tests/fuzz/naming.c $(fuzz_main)
tests_fuzz_naming_LDADD = libflexhost.la
tests_fuzz_naming_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_ntp_SOURCES = tests/fuzz/ntp.c $(fuzz_main)
tests_fuzz_ntp_LDADD = libflexhost.la
tests_fuzz_ntp_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_pages_SOURCES = tests/fuzz/pages.c $(fuzz_main)
tests_fuzz_pages_LDADD = libflexhost.la
tests_fuzz_pages_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_url_parts_SOURCES = tests/fuzz/url_parts.c $(fuzz_main)
tests_fuzz_url_parts_LDADD = libflexhost.la
tests_fuzz_url_parts_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_value_SOURCES = tests/fuzz/value.c $(fuzz_main)
tests_fuzz_value_LDADD = libflexhost.la
tests_fuzz_value_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_vhd_SOURCES = tests/fuzz/vhd.c $(fuzz_main)
tests_fuzz_vhd_LDADD = libflexhost.la
tests_fuzz_vhd_LDFLAGS = $(fuzz_ldflags)

EXTRA_DIST += tests/fuzz/replay.c tests/fuzz/corpus
