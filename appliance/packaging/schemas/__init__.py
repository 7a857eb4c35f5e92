"""The XML schemas that travel in every package; data only, see ``README.md`` for their sources."""
