libflexhost_la_SOURCES += \
	host/face/arguments.c host/face/arguments.h \
	host/face/arguments_fields.c host/face/arguments_fields.h \
	host/face/cell.c \
	host/face/changes.c host/face/changes.h \
	host/face/cli.c host/face/cli.h \
	host/face/cli_state.c host/face/cli_state.h \
	host/face/complete.c host/face/complete.h \
	host/face/completion.c host/face/completion.h \
	host/face/globals.c host/face/globals.h \
	host/face/help.c host/face/help.h \
	host/face/help_fields.c \
	host/face/man.c host/face/man.h \
	host/face/output.c host/face/output.h \
	host/face/progress.c host/face/progress.h \
	host/face/prompt.c host/face/prompt.h \
	host/face/report.c host/face/report.h \
	host/face/rows.c host/face/rows.h \
	host/face/screen.c host/face/screen.h \
	host/face/secrets.c host/face/secrets.h \
	host/face/signals.c host/face/signals.h \
	host/face/table.c host/face/table.h
