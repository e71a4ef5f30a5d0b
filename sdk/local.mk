# The contract for plugin authors: headers, the test host, a template, documents.
sdkincludedir = $(includedir)/flexhost
sdkinclude_HEADERS = sdk/flexhost/plugin.h sdk/flexhost/calls.h sdk/flexhost/jansson.h \
	sdk/test/flexhost/fhtest.h

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = sdk/flexhost-sdk.pc sdk/flexhost-test.pc

dist_man_MANS += sdk/man/flexhost-plugin.3
sdkdocdir = $(docdir)/sdk
dist_sdkdoc_DATA = sdk/README.md
templatedir = $(pkgdatadir)/template
dist_template_DATA = sdk/template/Makefile sdk/template/plugin.c \
	sdk/template/plugin.map sdk/template/test.c

# Just what a call needs of the host; of libcurl its parser of URLs.
lib_LTLIBRARIES += sdk/test/libfhtest.la
sdk_test_libfhtest_la_SOURCES = \
	sdk/test/fhtest.c \
	sdk/test/world.c sdk/test/world.h \
	host/base/arena.c host/base/digest.c host/base/error.c host/base/file.c \
	host/base/json_text.c host/base/text.c \
	host/plan/binding.c host/plan/graph.c host/plan/plan.c host/plan/pointer.c host/plan/step.c \
	host/plugin/answers.c host/plugin/call.c host/plugin/difference.c host/plugin/elf.c \
	host/plugin/field_object.c host/plugin/field_types.c host/plugin/field_value.c \
	host/plugin/fields.c host/plugin/inspect.c host/plugin/inspect_fields.c \
	host/plugin/load.c host/plugin/resource_name.c host/plugin/services.c \
	host/plugin/url_parts.c \
	host/rules/address.c host/rules/address_rules.c host/rules/duration.c host/rules/forms.c \
	host/rules/regions.c host/rules/suggest.c host/rules/value.c host/rules/value_forms.c
sdk_test_libfhtest_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/test
sdk_test_libfhtest_la_LDFLAGS = $(AM_LDFLAGS) $(PLUGIN_ZDEFS) -version-info 0:0:0 \
	-export-symbols-regex '^fhtest_'
sdk_test_libfhtest_la_LIBADD = $(JANSSON_LIBS) $(OPENSSL_LIBS) $(CURL_LIBS)
