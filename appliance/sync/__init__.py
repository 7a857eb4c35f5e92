"""Deposits: the receiver's protocol and its two sides, places of plain files, carried disks."""
