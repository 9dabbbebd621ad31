"""Execute a command that receives a signal from the kernel when its parent dies.

Usage: `python die_with_parent.py PARENT_PID SIGNAL USER COMMAND...` (USER `-`: do not switch).
This is a separate program because code between fork and exec is unsafe in a parent with threads.
Linux only (`PR_SET_PDEATHSIG`); elsewhere the command runs without it. The kernel tracks the
*thread* that started the command, so start it from a thread that lives as long as the process.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, signal_number: int, user: str, command: list[str]) -> None:
    if user != "-":
        _switch_user(user)
    # Do this after switching the user, which clears the setting.
    _set_parent_death_signal(signal_number)
    if os.getppid() != parent:
        sys.exit("the parent process has already exited")
    os.execv(command[0], command)  # noqa: S606 - no shell needed


def _switch_user(user: str) -> None:
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def _set_parent_death_signal(signal_number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
