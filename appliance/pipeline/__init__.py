"""The stages, each idempotent: their state is in the catalogue and nowhere else."""
