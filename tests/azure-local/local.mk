# azure-local: a simulation of the subset of Azure that flexhost uses. Shares no code with host/.
noinst_PROGRAMS += tests/azure-local/azure-local
tests_azure_local_azure_local_SOURCES = \
	tests/azure-local/access.c \
	tests/azure-local/account.c \
	tests/azure-local/arm.c \
	tests/azure-local/assertion.c tests/azure-local/assertion.h \
	tests/azure-local/assignment.c \
	tests/azure-local/blob.c tests/azure-local/blob.h \
	tests/azure-local/blob-block.c \
	tests/azure-local/blob-check.c \
	tests/azure-local/blob-container.c \
	tests/azure-local/blob-list.c \
	tests/azure-local/blob-page.c \
	tests/azure-local/blob-parts.h \
	tests/azure-local/blob-props.c \
	tests/azure-local/blob-read.c \
	tests/azure-local/blob-source.c \
	tests/azure-local/blob-store.c \
	tests/azure-local/blob-write.c \
	tests/azure-local/capacity.c \
	tests/azure-local/cidr.c tests/azure-local/cidr.h \
	tests/azure-local/clock.c tests/azure-local/clock.h \
	tests/azure-local/compute.h \
	tests/azure-local/connection.c \
	tests/azure-local/content.c tests/azure-local/content.h \
	tests/azure-local/control.c tests/azure-local/control.h \
	tests/azure-local/count.c tests/azure-local/count.h \
	tests/azure-local/device-script.c \
	tests/azure-local/disk.c tests/azure-local/disk.h \
	tests/azure-local/disk-access.c \
	tests/azure-local/disk-data.c \
	tests/azure-local/encryption.c \
	tests/azure-local/exchange.c \
	tests/azure-local/fault.c tests/azure-local/fault.h \
	tests/azure-local/filter.c \
	tests/azure-local/gallery.c \
	tests/azure-local/gateway.c \
	tests/azure-local/group.c tests/azure-local/group.h \
	tests/azure-local/hub.c \
	tests/azure-local/image.c \
	tests/azure-local/image-source.c \
	tests/azure-local/kind.h tests/azure-local/kinds.c \
	tests/azure-local/list.c \
	tests/azure-local/main.c \
	tests/azure-local/network.c tests/azure-local/network.h \
	tests/azure-local/nic.c \
	tests/azure-local/op.c tests/azure-local/op.h \
	tests/azure-local/outbound.c \
	tests/azure-local/path.c \
	tests/azure-local/peering.c \
	tests/azure-local/pool.c tests/azure-local/pool.h \
	tests/azure-local/record.c tests/azure-local/record.h \
	tests/azure-local/refs.c \
	tests/azure-local/regions.c \
	tests/azure-local/router.c \
	tests/azure-local/run.c \
	tests/azure-local/sas.c \
	tests/azure-local/script.c tests/azure-local/script.h \
	tests/azure-local/seed.c tests/azure-local/seed.h \
	tests/azure-local/seed-hub.c \
	tests/azure-local/server.c tests/azure-local/server.h \
	tests/azure-local/shared-key.c \
	tests/azure-local/signin.c \
	tests/azure-local/sim.h \
	tests/azure-local/site.c \
	tests/azure-local/sku.c \
	tests/azure-local/storage.h \
	tests/azure-local/store.c tests/azure-local/store.h \
	tests/azure-local/table.c tests/azure-local/table.h \
	tests/azure-local/text.c tests/azure-local/text.h \
	tests/azure-local/throttle.c tests/azure-local/throttle.h \
	tests/azure-local/tls.c tests/azure-local/tls.h \
	tests/azure-local/token.c \
	tests/azure-local/tunnel.c tests/azure-local/tunnel.h \
	tests/azure-local/vault.c tests/azure-local/vault.h \
	tests/azure-local/vault-data.c \
	tests/azure-local/vault-keys.c \
	tests/azure-local/vault-trash.c \
	tests/azure-local/vhd.c \
	tests/azure-local/vm.c \
	tests/azure-local/vm-check.c \
	tests/azure-local/vm-disks.c \
	tests/azure-local/vm-parts.c \
	tests/azure-local/vm-power.c \
	tests/azure-local/vm-view.c \
	tests/azure-local/vnet.c \
	tests/azure-local/world.c tests/azure-local/world.h
nodist_tests_azure_local_azure_local_SOURCES = tests/azure-local/world-sample.h
# Not AM_CPPFLAGS: the host's headers are out of reach.
tests_azure_local_azure_local_CPPFLAGS = -D_GNU_SOURCE \
	-I$(srcdir)/tests/azure-local -Itests/azure-local \
	$(JANSSON_CFLAGS) $(INIH_CFLAGS) $(OPENSSL_CFLAGS) $(MICROHTTPD_CFLAGS) $(CURL_CFLAGS)
tests_azure_local_azure_local_LDADD = $(JANSSON_LIBS) $(INIH_LIBS) $(OPENSSL_LIBS) $(MICROHTTPD_LIBS) \
	$(CURL_LIBS)

# The world without --world is the sample, so it stands in one place.
tests/azure-local/world-sample.h: $(srcdir)/tests/azure-local/world.ini
	$(AM_V_GEN)$(MKDIR_P) tests/azure-local && \
	$(SED) -e '/^;/d' -e '/^$$/d' -e 's/["\\]/\\&/g' -e 's/.*/"&\\n"/' \
	  $(srcdir)/tests/azure-local/world.ini >$@.tmp && mv $@.tmp $@
tests/azure-local/azure_local-world.$(OBJEXT): tests/azure-local/world-sample.h
CLEANFILES += tests/azure-local/world-sample.h
EXTRA_DIST += tests/azure-local/world.ini tests/azure-local/README.md

azure_local_client = tests/azure-local/client.c tests/azure-local/client.h tests/unit/tap_main.h
azure_local_test_cppflags = -D_GNU_SOURCE $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS)
azure_local_test_ldadd = $(CHECK_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) $(OPENSSL_LIBS)

check_PROGRAMS += tests/azure-local/semantics.tap
TESTS += tests/azure-local/semantics.tap
tests_azure_local_semantics_tap_SOURCES = tests/azure-local/semantics.c \
	tests/azure-local/semantics-rows.h tests/azure-local/semantics-hub-rows.h \
	tests/azure-local/semantics-image-rows.h \
	tests/azure-local/semantics-vpn-rows.h $(azure_local_client)
tests_azure_local_semantics_tap_CPPFLAGS = $(azure_local_test_cppflags)
tests_azure_local_semantics_tap_CFLAGS = $(unit_cflags) -Wno-missing-field-initializers
tests_azure_local_semantics_tap_LDADD = $(azure_local_test_ldadd)
tests/azure-local/semantics.log: tests/azure-local/azure-local

check_PROGRAMS += tests/azure-local/behaviour.tap
TESTS += tests/azure-local/behaviour.tap
tests_azure_local_behaviour_tap_SOURCES = tests/azure-local/behaviour.c \
	tests/azure-local/signer.c tests/azure-local/signer.h $(azure_local_client)
tests_azure_local_behaviour_tap_CPPFLAGS = $(azure_local_test_cppflags)
tests_azure_local_behaviour_tap_CFLAGS = $(unit_cflags)
tests_azure_local_behaviour_tap_LDADD = $(azure_local_test_ldadd)
tests/azure-local/behaviour.log: tests/azure-local/azure-local

check_PROGRAMS += tests/azure-local/storage.tap
TESTS += tests/azure-local/storage.tap
tests_azure_local_storage_tap_SOURCES = tests/azure-local/storage-test.c $(azure_local_client)
tests_azure_local_storage_tap_CPPFLAGS = $(azure_local_test_cppflags)
tests_azure_local_storage_tap_CFLAGS = $(unit_cflags)
tests_azure_local_storage_tap_LDADD = $(azure_local_test_ldadd)
tests/azure-local/storage.log: tests/azure-local/azure-local

check_PROGRAMS += tests/azure-local/image.tap
TESTS += tests/azure-local/image.tap
tests_azure_local_image_tap_SOURCES = tests/azure-local/image-test.c $(azure_local_client)
tests_azure_local_image_tap_CPPFLAGS = $(azure_local_test_cppflags)
tests_azure_local_image_tap_CFLAGS = $(unit_cflags)
tests_azure_local_image_tap_LDADD = $(azure_local_test_ldadd)
tests/azure-local/image.log: tests/azure-local/azure-local

check_PROGRAMS += tests/azure-local/signin.tap
TESTS += tests/azure-local/signin.tap
tests_azure_local_signin_tap_SOURCES = tests/azure-local/signin-test.c $(azure_local_client)
tests_azure_local_signin_tap_CPPFLAGS = $(azure_local_test_cppflags)
tests_azure_local_signin_tap_CFLAGS = $(unit_cflags)
tests_azure_local_signin_tap_LDADD = $(azure_local_test_ldadd)
tests/azure-local/signin.log: tests/azure-local/azure-local
