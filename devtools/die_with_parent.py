"""Become another program, one that the kernel stops when the process that started it is gone.

`python die_with_parent.py PARENT_PID SIGNAL USER COMMAND...` (USER `-`: stay who you are).
A program of its own, because work between fork and exec is unsafe in a parent with threads. Linux
only; elsewhere the command merely runs. The kernel watches the parent's *thread*: start from one
that stays.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, signal_number: int, user: str, command: list[str]) -> None:
    if user != "-":
        _become(user)
    # After the change of user, which clears the setting.
    _ask_for_signal(signal_number)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _become(user: str) -> None:
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def _ask_for_signal(signal_number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
