# Unit tests of host/store.
