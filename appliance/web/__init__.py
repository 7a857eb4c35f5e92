"""The status page and the lists behind it: read-only, Vietnamese first, live by SSE."""
