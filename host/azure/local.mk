libflexhost_la_SOURCES += \
	host/azure/answer.c host/azure/answer.h \
	host/azure/arm.c host/azure/arm.h \
	host/azure/arm_internal.h \
	host/azure/assertion.c host/azure/assertion.h \
	host/azure/await.c \
	host/azure/blob.c host/azure/blob.h \
	host/azure/blob_list.c host/azure/blob_list.h \
	host/azure/copy.c host/azure/copy.h \
	host/azure/copy_internal.h \
	host/azure/copy_fault.c \
	host/azure/copy_range.c \
	host/azure/dns.c host/azure/dns.h \
	host/azure/dns_answer.c host/azure/dns_answer.h \
	host/azure/endpoint.c host/azure/endpoint.h \
	host/azure/fetch.c \
	host/azure/job.c \
	host/azure/lookup.c host/azure/lookup.h \
	host/azure/list.c \
	host/azure/ntp.c host/azure/ntp.h host/azure/ntp_packet.c \
	host/azure/operation.c host/azure/operation.h \
	host/azure/pace.c host/azure/pace.h \
	host/azure/pages.c host/azure/pages.h host/azure/pages_list.c \
	host/azure/request.c \
	host/azure/permission.c host/azure/permission.h \
	host/azure/rsa_key.c host/azure/rsa_key.h \
	host/azure/services.c host/azure/services.h \
	host/azure/signin.c host/azure/signin.h \
	host/azure/signin_answer.c host/azure/signin_answer.h \
	host/azure/sync.c host/azure/sync.h \
	host/azure/token.c host/azure/token.h \
	host/azure/token_request.c host/azure/token_request.h \
	host/azure/trace.c host/azure/trace.h \
	host/azure/transport_curl.c host/azure/transport_curl.h \
	host/azure/transport_curl_exchange.c host/azure/transport_curl_exchange.h \
	host/azure/transport_curl_failure.c \
	host/azure/url.c host/azure/url.h \
	host/azure/xml.c host/azure/xml.h \
	host/azure/verdict.c
libflexhost_la_LIBADD += -lm
