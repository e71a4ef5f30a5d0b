libflexhost_la_SOURCES += \
	host/base/arena.c host/base/arena.h \
	host/base/clock.c host/base/clock.h \
	host/base/digest.c host/base/digest.h \
	host/base/error.c host/base/error.h \
	host/base/file.c host/base/file.h \
	host/base/json_text.c host/base/json_text.h \
	host/base/loop.c host/base/loop.h \
	host/base/text.c host/base/text.h \
	host/base/transport.c host/base/transport.h \
	host/base/uuid.c host/base/uuid.h
