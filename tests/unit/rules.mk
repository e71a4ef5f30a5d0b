# Unit tests of host/rules.
