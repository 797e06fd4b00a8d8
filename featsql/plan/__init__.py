"""Feature views as logical plans, and logical plans as relations: the compiler's middle, where time is decided."""
