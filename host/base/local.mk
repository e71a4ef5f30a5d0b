libflexhost_la_SOURCES +=
