libflexhost_la_SOURCES += \
	host/plugin/answers.c \
	host/plugin/call.c host/plugin/call.h host/plugin/call_private.h \
	host/plugin/check_file.c \
	host/plugin/difference.c host/plugin/difference.h \
	host/plugin/elf.c host/plugin/elf.h \
	host/plugin/field_object.c \
	host/plugin/field_types.c host/plugin/field_types.h \
	host/plugin/field_value.c \
	host/plugin/fields.c host/plugin/fields.h host/plugin/fields_private.h \
	host/plugin/inspect.c host/plugin/inspect.h \
	host/plugin/inspect_fields.c \
	host/plugin/load.c host/plugin/load.h \
	host/plugin/options.c host/plugin/options.h \
	host/plugin/registry.c host/plugin/registry.h \
	host/plugin/resource_name.c host/plugin/resource_name.h \
	host/plugin/services.c \
	host/plugin/url_parts.c \
	host/plugin/url_parts.h
