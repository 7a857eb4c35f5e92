"""The long-running process: parts with threads, started and stopped cleanly."""
