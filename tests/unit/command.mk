# Unit tests of host/command.
