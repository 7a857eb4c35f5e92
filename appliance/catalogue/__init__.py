"""The catalogue: one SQLite database that is record, queue and history at once."""
