"""One line for files that cannot be read or written. Standard library only."""

import errno

_FIXES = {
    errno.ENOSPC: "free some space, then start again",
    errno.EDQUOT: "free some space, then start again",
    errno.EROFS: "use a clone in a folder that you may write to",
    errno.EACCES: "use a clone in a folder that you may write to",
    errno.EPERM: "use a clone in a folder that you may write to",
}


def describe_file_error(error: OSError) -> str:
    """Describe an error that the user can fix; raise any other."""
    if error.errno not in _FIXES:
        raise error
    path = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror}{path}; fix: {_FIXES[error.errno]}"
