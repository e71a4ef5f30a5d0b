# Unit tests of host/azure.
azure_fake = tests/unit/azure_fake.c tests/unit/azure_fake.h

check_PROGRAMS += tests/unit/azure_send.tap
TESTS += tests/unit/azure_send.tap
tests_unit_azure_send_tap_SOURCES = tests/unit/azure_send.c $(azure_fake)
tests_unit_azure_send_tap_CFLAGS = $(unit_cflags)
tests_unit_azure_send_tap_LDADD = $(unit_ldadd)
