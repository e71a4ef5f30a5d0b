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

# What is generated from the command table by the program itself is kept with the sources, so that a
# cross build needs not run what it builds. tests/unit/face-generated.sh fails when it is stale.
EXTRA_DIST += host/face/flexhost.1.in
dist_man_MANS += host/face/flexhost.1
# Below our own prefix: bash-completion looks in each of XDG_DATA_DIRS.
completionsdir = $(datadir)/bash-completion/completions
dist_completions_DATA = host/face/bash/flexhost

join_manual = awk -v commands=- '/^@COMMANDS@$$/ { \
	while ((getline line < commands) > 0) print line; next } { print }'

.PHONY: regenerate
regenerate: flexhost$(EXEEXT)
	./flexhost completion bash > $(srcdir)/host/face/bash/flexhost
	./flexhost man | $(join_manual) $(srcdir)/host/face/flexhost.1.in \
		> $(srcdir)/host/face/flexhost.1
