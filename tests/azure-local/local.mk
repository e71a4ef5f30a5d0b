# azure-local
