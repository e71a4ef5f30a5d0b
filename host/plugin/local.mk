libflexhost_la_SOURCES += \
	host/plugin/call.h \
	host/plugin/fields.h \
	host/plugin/registry.h
