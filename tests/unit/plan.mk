# Unit tests of host/plan.
