# Plugins: one module a file.
plugin_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared $(PLUGIN_ZDEFS) \
	-export-symbols-regex '^fh_plugin_entry$$'

noinst_HEADERS += plugins/common/azure.h plugins/common/customer.h plugins/common/firewall.h \
	plugins/common/health.h plugins/common/names.h plugins/common/nat.h \
	plugins/common/network.h plugins/common/routes.h

plugin_modules = \
	plugins/action-collect-logs.la \
	plugins/connection-vnet-peering.la \
	plugins/connection-none.la \
	plugins/connection-vpn-gateway.la \
	plugins/connection-vwan-spoke.la \
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
