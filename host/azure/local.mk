libflexhost_la_SOURCES += \
	host/azure/arm.h
