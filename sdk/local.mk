# The contract for plugin authors.
sdkincludedir = $(includedir)/flexhost
sdkinclude_HEADERS = sdk/flexhost/plugin.h sdk/flexhost/jansson.h
