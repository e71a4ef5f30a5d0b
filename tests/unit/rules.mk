# Unit tests of host/rules.
noinst_HEADERS += tests/unit/tap_main.h
