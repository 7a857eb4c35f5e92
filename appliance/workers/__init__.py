"""Child processes that see to what may be hostile: supervised, with limits, without a network."""
