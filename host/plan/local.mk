libflexhost_la_SOURCES += \
	host/plan/engine.h \
	host/plan/plan.h
