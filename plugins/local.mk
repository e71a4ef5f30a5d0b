# Plugins: one module a file.
plugin_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared $(PLUGIN_ZDEFS) \
	-export-symbols-regex '^fh_plugin_entry$$'

noinst_HEADERS += plugins/common/azure.h plugins/common/check_machine.h plugins/common/customer.h \
	plugins/common/firewall.h plugins/common/gallery.h plugins/common/health.h \
	plugins/common/image_check.h plugins/common/names.h plugins/common/nat.h \
	plugins/common/network.h plugins/common/routes.h plugins/common/vhd.h

plugin_modules = \
	plugins/action-collect-logs.la \
	plugins/connection-vnet-peering.la \
	plugins/connection-none.la \
	plugins/connection-vpn-gateway.la \
	plugins/connection-vwan-spoke.la \
	plugins/image-build.la \
	plugins/image-import.la \
	plugins/image-prepared.la
pkglib_LTLIBRARIES += $(plugin_modules)

plugins_connection_none_la_SOURCES = plugins/connection/none.c
plugins_connection_none_la_LDFLAGS = $(plugin_ldflags)
plugins_connection_none_la_LIBADD = $(JANSSON_LIBS)

plugins_connection_vnet_peering_la_SOURCES = plugins/connection/vnet-peering.c \
	plugins/connection/vnet-peering.h plugins/connection/vnet-peering-check.c
plugins_connection_vnet_peering_la_LDFLAGS = $(plugin_ldflags)
plugins_connection_vnet_peering_la_LIBADD = $(JANSSON_LIBS)

plugins_connection_vpn_gateway_la_SOURCES = plugins/connection/vpn-gateway.c \
	plugins/connection/vpn-gateway.h plugins/connection/vpn-gateway-check.c \
	plugins/connection/vpn-gateway-device.c plugins/connection/vpn-gateway-plan.c
plugins_connection_vpn_gateway_la_LDFLAGS = $(plugin_ldflags)
plugins_connection_vpn_gateway_la_LIBADD = $(JANSSON_LIBS)

plugins_connection_vwan_spoke_la_SOURCES = plugins/connection/vwan-spoke.c \
	plugins/connection/vwan-spoke.h plugins/connection/vwan-spoke-check.c
plugins_connection_vwan_spoke_la_LDFLAGS = $(plugin_ldflags)
plugins_connection_vwan_spoke_la_LIBADD = $(JANSSON_LIBS)

plugins_action_collect_logs_la_SOURCES = plugins/action/collect-logs.c \
	plugins/action/collect-logs-scripts.h
plugins_action_collect_logs_la_LDFLAGS = $(plugin_ldflags)
plugins_action_collect_logs_la_LIBADD = $(JANSSON_LIBS)

plugins_image_prepared_la_SOURCES = plugins/image/prepared.c
plugins_image_prepared_la_LDFLAGS = $(plugin_ldflags)
plugins_image_prepared_la_LIBADD = $(JANSSON_LIBS)

# What is run on a machine to tell whether it is fit to be an image, as C text without its comments; in a
# step "$${" stands for a literal "${".
image_check_scripts = conf/validate-image.sh conf/validate-image.ps1
plugins/common/image_check_scripts.c: $(image_check_scripts) plugins/local.mk
	$(AM_V_GEN)$(MKDIR_P) plugins/common && { \
	echo '/* Made from conf/ by plugins/local.mk. */'; \
	for kind in sh ps1; do \
		echo "extern const char validate_image_$$kind[];"; \
		echo "const char validate_image_$$kind[] ="; \
		$(SED) -e '2,$$ { /^ *#/d; /^$$/d; }' -e 's/[\\"]/\\&/g' -e 's/\$${/$$&/g' -e 's/.*/    "&\\n"/' \
			$(srcdir)/conf/validate-image.$$kind; \
		echo '    "";'; \
	done; } > $@.new && mv $@.new $@
CLEANFILES += plugins/common/image_check_scripts.c

plugins_image_build_la_SOURCES = plugins/image/build.c plugins/image/build.h \
	plugins/image/build-check.c plugins/image/build-finish.c plugins/image/build-observe.c \
	plugins/image/build-plan.c
nodist_plugins_image_build_la_SOURCES = plugins/common/image_check_scripts.c
plugins_image_build_la_LDFLAGS = $(plugin_ldflags)
plugins_image_build_la_LIBADD = $(JANSSON_LIBS)

plugins_image_import_la_SOURCES = plugins/image/import.c plugins/image/import.h \
	plugins/image/import-check.c
nodist_plugins_image_import_la_SOURCES = plugins/common/image_check_scripts.c
plugins_image_import_la_LDFLAGS = $(plugin_ldflags)
plugins_image_import_la_LIBADD = $(JANSSON_LIBS)

# A module is found by its name; the archive's description is of no use once installed.
install-exec-hook: remove-installed-la
remove-installed-la:
	for module in $(plugin_modules); do \
	  rm -f "$(DESTDIR)$(pkglibdir)/$${module##*/}"; \
	done
.PHONY: remove-installed-la

# The archives that are gone by now would have told libtool what to remove.
uninstall-hook: remove-installed-modules
remove-installed-modules:
	for module in $(plugin_modules); do \
	  name=$${module##*/}; rm -f "$(DESTDIR)$(pkglibdir)/$${name%.la}.so"; \
	done
.PHONY: remove-installed-modules
