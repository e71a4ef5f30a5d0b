dist_man_MANS += host/config/flexhost.ini.5

libflexhost_la_SOURCES += \
	host/config/accounts.c \
	host/config/array.c host/config/array.h \
	host/config/builtin.h \
	host/config/config.c host/config/config.h \
	host/config/environment.c host/config/environment.h \
	host/config/extensions.c \
	host/config/host_section.c \
	host/config/ini.c host/config/ini.h \
	host/config/ini_problem.c \
	host/config/locate.c \
	host/config/schema.c host/config/schema.h \
	host/config/secret_reference.c host/config/secret_reference.h \
	host/config/sections.c host/config/sections.h \
	host/config/tables.c

# The tables of conf/ as C text, a line of the file to a line of C.
nodist_libflexhost_la_SOURCES = host/config/builtin_tables.c
CLEANFILES += host/config/builtin_tables.c
builtin_tables = conf/regions.ini conf/sizes.ini conf/personas.ini conf/images.ini
host/config/builtin_tables.c: $(builtin_tables) host/config/local.mk
	$(AM_V_GEN)$(MKDIR_P) host/config && { \
	echo '/* Made from conf/ by host/config/local.mk. */'; \
	echo '#include "config/builtin.h"'; \
	for table in regions sizes personas images; do \
		echo "const char builtin_$$table[] ="; \
		$(SED) -e 's/^;.*//' -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' \
			$(srcdir)/conf/$$table.ini; \
		echo '    "";'; \
	done; } > $@.new && mv $@.new $@
