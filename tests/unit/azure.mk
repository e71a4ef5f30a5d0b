# Unit tests of host/azure.
