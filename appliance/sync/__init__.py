"""Deposits over SSH: the protocol, the receiver at the far side, and the box's side."""
