# sdk-client
