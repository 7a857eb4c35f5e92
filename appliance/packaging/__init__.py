"""Packages: the writer, and the verifier that shares no code with it."""
