libflexhost_la_SOURCES += \
	host/command/command.h \
	host/command/context.h
