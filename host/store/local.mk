libflexhost_la_SOURCES += \
	host/store/audit.c \
	host/store/internal.h \
	host/store/journal.c host/store/log.c \
	host/store/leases.c \
	host/store/operations.c \
	host/store/process.c host/store/process.h \
	host/store/records.c \
	host/store/schema.c \
	host/store/seal.c host/store/seal.h \
	host/store/secrets.c \
	host/store/sqlite.c \
	host/store/statement.c \
	host/store/store.h \
	host/store/transaction.c
