"""Hot folders: an event wakes, a scan decides."""
