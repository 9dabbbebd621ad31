class RefusedError(Exception):
    """What was asked for cannot be made; the message is for the terminal."""


def pointing_at(text: str, position: int, message: str) -> RefusedError:
    """Show the text with a mark under the place that is wrong."""
    return RefusedError(f"  {text}\n  {' ' * position}^ {message}")
