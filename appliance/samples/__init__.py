"""Believable pages and registers for the demo and the tests; no image is carried along."""
