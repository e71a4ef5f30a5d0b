# Unit tests of host/plugin.
