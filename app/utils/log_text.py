MAX_LENGTH = 200
"""Characters of what a client has sent, in one line of a log."""


def shortened(text: str) -> str:
    """Cut a path for a log."""
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
