"""Papers for people: sheets, registers, minutes."""
