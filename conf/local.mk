# Sample configuration and the tables that it names.
