"""Headers that sender and receiver of a message both use."""

REDRIVEN = "x-redriven"
"""Set on messages that an operator has sent again; they may be much older than their delivery."""
