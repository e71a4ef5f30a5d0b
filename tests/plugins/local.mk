# Hostile plugins: one source, wrong in one way each.
bad_variants = GOOD MAGIC SMALL_STRUCT MAJOR NEWER_MINOR NULL_NAME OTHER_NAME SUMMARY_UTF8 CONTROL \
	ONE_MEGABYTE FIELD_SIZE NULL_OPTIONS VERB NO_PLAN UNKNOWN_TYPE DEFAULT PATTERN \
	DUPLICATE_FIELD TAKEN_NAME ENUM TWO_EXPORTS CRASH EXIT NO_ENTRY NULL_ENTRY WRITABLE \
	IMPURE CIRCLE JSON UTF8 UTF8_SOURCE LONG_STEP TWICE NO_SIZE ASKS SILENT UNKNOWN_CODE UNKNOWN_OUTPUT \
	MEMORY NULL_AFTER MANY_OUTPUTS
bad_stamp = tests/plugins/bad/stamp
$(bad_stamp): $(top_srcdir)/tests/plugins/bad.c $(top_srcdir)/tests/plugins/local.mk $(top_srcdir)/sdk/flexhost/plugin.h \
	$(top_srcdir)/sdk/flexhost/calls.h
	@$(MKDIR_P) tests/plugins/bad && chmod 755 tests/plugins/bad
	$(AM_V_GEN)for variant in $(bad_variants); do \
	  $(CC) -I$(top_srcdir)/sdk -std=c11 -O1 $(SANITIZE_CFLAGS) -fPIC -shared \
	    -fvisibility=hidden -DBAD_$$variant -o tests/plugins/bad/$$variant.so \
	    $(top_srcdir)/tests/plugins/bad.c || exit 1; \
	done
	@chmod 755 tests/plugins/bad/*.so && chmod 777 tests/plugins/bad/WRITABLE.so
	@echo "not a module" >tests/plugins/bad/TEXT.so && chmod 644 tests/plugins/bad/TEXT.so
	@touch $@
EXTRA_DIST += tests/plugins/bad.c

# An image of somebody else's, for tests/e2e/image-verbs.tap.
check_LTLIBRARIES += tests/plugins/image-kiosk.la
tests_plugins_image_kiosk_la_SOURCES = tests/plugins/image-kiosk.c
# A module that is never installed: without an rpath libtool would build the archive alone.
tests_plugins_image_kiosk_la_LDFLAGS = $(plugin_ldflags) -rpath /nowhere
tests_plugins_image_kiosk_la_LIBADD = $(JANSSON_LIBS)

clean-local: clean-bad-plugins
clean-bad-plugins:
	rm -rf tests/plugins/bad
.PHONY: clean-bad-plugins

# flexhost's own plugins, alone: requests in, plans and findings out.
check_PROGRAMS += tests/plugins/golden.tap
TESTS += tests/plugins/golden.tap
tests_plugins_golden_tap_SOURCES = tests/plugins/golden.c
tests_plugins_golden_tap_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/test
tests_plugins_golden_tap_LDADD = sdk/test/libfhtest.la $(JANSSON_LIBS) $(OPENSSL_LIBS)
EXTRA_tests_plugins_golden_tap_DEPENDENCIES = $(plugin_modules)
EXTRA_DIST += \
	tests/plugins/cases/build.json \
	tests/plugins/cases/collect-logs.json \
	tests/plugins/cases/import.json \
	tests/plugins/cases/none.json \
	tests/plugins/cases/prepared.json \
	tests/plugins/cases/vnet-peering.json \
	tests/plugins/cases/vpn-gateway.json \
	tests/plugins/cases/vwan-spoke.json \
	tests/plugins/golden/build-finish-again.json \
	tests/plugins/golden/build-observe-active.json \
	tests/plugins/golden/build-observe-never.json \
	tests/plugins/golden/build-observe-not-taken.json \
	tests/plugins/golden/build-observe-ready.json \
	tests/plugins/golden/build-observe-stopped.json \
	tests/plugins/golden/build-observe-vda.json \
	tests/plugins/golden/build-plan-finish.json \
	tests/plugins/golden/build-plan-finished.json \
	tests/plugins/golden/build-plan-idle.json \
	tests/plugins/golden/build-plan-joined.json \
	tests/plugins/golden/build-plan-linux.json \
	tests/plugins/golden/build-plan-recheck.json \
	tests/plugins/golden/build-plan-specialized.json \
	tests/plugins/golden/build-rdp.json \
	tests/plugins/golden/collect-logs-linux.json \
	tests/plugins/golden/collect-logs-windows.json \
	tests/plugins/golden/import-check-blob.json \
	tests/plugins/golden/import-observe-ready.json \
	tests/plugins/golden/import-plan-blob.json \
	tests/plugins/golden/import-plan-check.json \
	tests/plugins/golden/import-plan-signed.json \
	tests/plugins/golden/import-plan-trusted.json \
	tests/plugins/golden/import-plan-update.json \
	tests/plugins/golden/import-plan-url.json \
	tests/plugins/golden/none-observe-nat.json \
	tests/plugins/golden/none-observe.json \
	tests/plugins/golden/none-plan-nat.json \
	tests/plugins/golden/none-plan.json \
	tests/plugins/golden/prepared-gallery.json \
	tests/plugins/golden/prepared-marketplace.json \
	tests/plugins/golden/vnet-peering-check-existing.json \
	tests/plugins/golden/vnet-peering-check.json \
	tests/plugins/golden/vnet-peering-observe-nat.json \
	tests/plugins/golden/vnet-peering-observe.json \
	tests/plugins/golden/vnet-peering-plan-gateway.json \
	tests/plugins/golden/vnet-peering-plan-nat.json \
	tests/plugins/golden/vnet-peering-plan.json \
	tests/plugins/golden/vpn-gateway-check.json \
	tests/plugins/golden/vpn-gateway-device-bgp.json \
	tests/plugins/golden/vpn-gateway-device-script.json \
	tests/plugins/golden/vpn-gateway-device.json \
	tests/plugins/golden/vpn-gateway-observe-bgp.json \
	tests/plugins/golden/vpn-gateway-observe.json \
	tests/plugins/golden/vpn-gateway-plan-bgp.json \
	tests/plugins/golden/vpn-gateway-plan-reset.json \
	tests/plugins/golden/vpn-gateway-plan.json \
	tests/plugins/golden/vwan-spoke-check-existing.json \
	tests/plugins/golden/vwan-spoke-check.json \
	tests/plugins/golden/vwan-spoke-observe.json \
	tests/plugins/golden/vwan-spoke-plan-added.json \
	tests/plugins/golden/vwan-spoke-plan-all.json \
	tests/plugins/golden/vwan-spoke-plan-removed.json \
	tests/plugins/golden/vwan-spoke-plan-tenant.json \
	tests/plugins/golden/vwan-spoke-plan.json

# A spoke's plans, run one after another by the engine.
check_PROGRAMS += tests/plugins/spoke-life.tap
TESTS += tests/plugins/spoke-life.tap
tests_plugins_spoke_life_tap_SOURCES = tests/plugins/spoke-life.c $(plan_fixture)
tests_plugins_spoke_life_tap_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/test -I$(top_srcdir)/tests/unit
tests_plugins_spoke_life_tap_CFLAGS = $(unit_cflags)
tests_plugins_spoke_life_tap_LDADD = sdk/test/libfhtest.la $(unit_ldadd)
EXTRA_tests_plugins_spoke_life_tap_DEPENDENCIES = plugins/connection-vwan-spoke.la

# The contract as its users meet it.
plugin_scripts = tests/plugins/cplusplus.sh tests/plugins/exports.sh tests/plugins/headers.sh \
	tests/plugins/readme.sh tests/plugins/template.sh
TESTS += $(plugin_scripts)
EXTRA_DIST += $(plugin_scripts) tests/plugins/example.cpp

# After installation (make distcheck): the same with what is installed.
installcheck-local: installcheck-template
installcheck-template:
	srcdir=$(srcdir) $(SHELL) $(top_srcdir)/tests/plugins/template.sh \
	  $(DESTDIR)$(pkgconfigdir) $(DESTDIR)$(templatedir) || test $$? = 77
.PHONY: installcheck-template
