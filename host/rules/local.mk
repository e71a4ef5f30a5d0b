libflexhost_la_SOURCES += \
	host/rules/address.c host/rules/address.h \
	host/rules/address_rules.c \
	host/rules/duration.c host/rules/duration.h \
	host/rules/iso_duration.c host/rules/iso_duration.h \
	host/rules/key_policy.c host/rules/key_policy.h \
	host/rules/forms.c host/rules/forms.h \
	host/rules/limits.c host/rules/limits.h \
	host/rules/locations.c host/rules/locations.h \
	host/rules/name_set.c host/rules/name_set.h \
	host/rules/naming.c host/rules/naming.h \
	host/rules/naming_allocate.c \
	host/rules/persona.c host/rules/persona.h \
	host/rules/quota.c host/rules/quota.h \
	host/rules/regions.c host/rules/regions.h \
	host/rules/spread.c host/rules/spread.h \
	host/rules/suggest.c host/rules/suggest.h \
	host/rules/value.c host/rules/value.h \
	host/rules/value_forms.c host/rules/value_forms.h
