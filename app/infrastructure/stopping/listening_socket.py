"""A TCP socket on which this process accepts connections, perhaps together with other workers."""

import ctypes
import fcntl
import socket
import struct
import sys
from contextlib import suppress

# asm-generic/socket.h; the socket module does not have them.
_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27

# linux/in.h and linux/in6.h: segments with a lower TTL or hop limit are dropped (RFC 5082).
_IP_MINTTL = 21
_IPV6_MINHOPCOUNT = 73
# Senders start with 64 or 128, rarely with this.
_MAX_TTL = 255

# A classic BPF program (linux/filter.h) on the TCP header: drop segments with SYN.
_DROP_SYN = (
    (0x30, 0, 0, 13),  # load the byte of the flags
    (0x45, 0, 1, 0x02),  # skip one instruction unless SYN is set
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFF_FFFF),  # accept
)

# Field tcpi_unacked of linux/tcp.h; for a listening socket it is the length of the backlog.
_BACKLOG_FIELD = slice(24, 28)


class ListeningSocket(socket.socket):
    """A duplicate of the descriptor with which the server accepts.

    A worker that accepts connections holds a shared POSIX record lock on the socket itself. The
    kernel releases it when the process closes a descriptor of the socket, or ends. So a worker
    knows whether others still accept.
    """

    def join(self) -> None:
        """Count as a process that accepts, and undo `ignore_new` of one that has left."""
        fcntl.lockf(self, fcntl.LOCK_SH | fcntl.LOCK_NB)
        self.admit_new()

    def is_left_by_others(self) -> bool:
        """Return whether no other process accepts on this socket."""
        try:
            fcntl.lockf(self, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        fcntl.lockf(self, fcntl.LOCK_UN)
        return True

    def ignore_new(self) -> None:
        """Let no connection begin; those whose handshake has begun still arrive.

        The client's kernel repeats an ignored attempt after a second (RFC 6298). Some kernels let
        only root attach a filter; the required TTL is for the others.
        """
        try:
            self._attach_filter()
        except OSError:
            set_min_ttl(self, _MAX_TTL)

    def _attach_filter(self) -> None:
        program = b"".join(struct.pack("HBBI", *instruction) for instruction in _DROP_SYN)
        buffer = ctypes.create_string_buffer(program)
        option = struct.pack("HL", len(_DROP_SYN), ctypes.addressof(buffer))
        self.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, option)

    def admit_new(self) -> None:
        """Undo `ignore_new`, if it was called."""
        with suppress(FileNotFoundError):
            self.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
        set_min_ttl(self, 0)

    @property
    def backlog(self) -> int:
        """Number of connections that are established and accepted by no process."""
        info = self.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BACKLOG_FIELD.stop)
        return int.from_bytes(info[_BACKLOG_FIELD], byteorder=sys.byteorder)


def set_min_ttl(sock: socket.socket, ttl: int) -> None:
    """Drop received segments with a lower TTL; 0 drops none."""
    sock.setsockopt(socket.IPPROTO_IP, _IP_MINTTL, ttl)
    if sock.family == socket.AF_INET6:
        # The option above holds for IPv4 clients of the same socket.
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MINHOPCOUNT, ttl)
