"""The one place that writes files: write once, durable, digests on the way."""
