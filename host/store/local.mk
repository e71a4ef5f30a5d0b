libflexhost_la_SOURCES += \
	host/store/store.h
