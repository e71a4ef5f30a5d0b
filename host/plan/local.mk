libflexhost_la_SOURCES += \
	host/plan/alternative.c host/plan/alternative.h \
	host/plan/ask.c \
	host/plan/begin.c \
	host/plan/binding.c host/plan/binding.h \
	host/plan/bound.c \
	host/plan/container.c \
	host/plan/copy.c \
	host/plan/diff.c host/plan/diff.h \
	host/plan/difference.c host/plan/difference.h \
	host/plan/drift.c host/plan/drift.h \
	host/plan/engine.c host/plan/engine.h \
	host/plan/fetch.c \
	host/plan/graph.c \
	host/plan/journal.c host/plan/journal.h \
	host/plan/outcome.c \
	host/plan/pointer.c host/plan/pointer.h \
	host/plan/plan.c host/plan/plan.h \
	host/plan/queue.c \
	host/plan/request.c \
	host/plan/run.h \
	host/plan/send.c \
	host/plan/setup.c \
	host/plan/shared.c \
	host/plan/step.c host/plan/step.h \
	host/plan/sweep.c \
	host/plan/undo.c \
	host/plan/watch.c
