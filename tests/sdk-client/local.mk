# Microsoft's own clients (Node.js, npm) against azure-local: make check-azure.
EXTRA_DIST += \
	tests/sdk-client/.npmrc \
	tests/sdk-client/azure.mjs \
	tests/sdk-client/blob-account.mjs \
	tests/sdk-client/blob.test.mjs \
	tests/sdk-client/check.sh \
	tests/sdk-client/client.test.mjs \
	tests/sdk-client/image.test.mjs \
	tests/sdk-client/import.tap \
	tests/sdk-client/package-lock.json \
	tests/sdk-client/page-blob.mjs \
	tests/sdk-client/package.json \
	tests/sdk-client/vpn.test.mjs

ARM_CHECK = $(abs_top_srcdir)/../shared/tools/arm-check/arm-check

.PHONY: check-azure
check-azure: flexhost tests/azure-local/azure-local tests/azure-local/semantics.tap $(plugin_modules)
	@$(MKDIR_P) tests/sdk-client
	@$(abs_srcdir)/tests/sdk-client/check.sh $(abs_builddir)/tests/azure-local/azure-local \
	  $(abs_srcdir)/tests/sdk-client $(abs_builddir)/tests/sdk-client $(ARM_CHECK) || \
	  test $$? -eq 77

clean-local: clean-sdk-client
.PHONY: clean-sdk-client
clean-sdk-client:
	rm -rf tests/sdk-client/work
