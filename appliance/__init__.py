"""The archive appliance: insurance copies of records, made, proved and kept."""

__version__ = "0.1.0"
