"""Values, rules and state tables. No IO, no clock, nothing but the standard library."""
