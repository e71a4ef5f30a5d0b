# Everything but main() is one library, so that tests link what the program runs.
noinst_LTLIBRARIES += libflexhost.la
libflexhost_la_SOURCES =
libflexhost_la_LIBADD = $(CURL_LIBS) $(JANSSON_LIBS) $(OPENSSL_LIBS) $(INIH_LIBS) \
	$(SQLITE_LIBS) $(CARES_LIBS) $(EXPAT_LIBS)

bin_PROGRAMS += flexhost
flexhost_SOURCES = host/main.c
flexhost_LDADD = libflexhost.la
EXTRA_DIST += host/README.md

include host/base/local.mk
include host/rules/local.mk
include host/config/local.mk
include host/store/local.mk
include host/azure/local.mk
include host/plan/local.mk
include host/plugin/local.mk
include host/command/local.mk
include host/face/local.mk
