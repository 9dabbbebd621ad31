class RefusedError(Exception):
    """The command cannot do what was requested; the message is shown in the terminal."""


def pointing_at(text: str, position: int, message: str) -> RefusedError:
    """Return an error that shows the text with a mark under the position."""
    return RefusedError(f"  {text}\n  {' ' * position}^ {message}")
