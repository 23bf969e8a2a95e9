"""Linux namespaces and mounts by system call: in the guest a process start costs more than everything else here."""

import contextlib
import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWNET = 0x40000000

MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

# How deep this process is in somebody else's namespaces. A time limit must not strike there: see `runner`.
away = 0


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source, target, kind, flags=0, data=""):
    arguments = [text.encode() if text else None for text in (source, target, kind)]
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() if data else None), f"mount {target}")


def sethostname(name):
    raw = name.encode()
    _check(_libc.sethostname(raw, len(raw)), "sethostname")


def leave_mounts():
    """This process gets a mount namespace of its own, whose mounts nobody else sees."""
    _check(_libc.unshare(CLONE_NEWNS), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)


class Namespaces:
    """A set of namespaces that lives as long as this object holds its descriptors; no process needs to be in it."""

    KINDS = ("uts", "net", "mnt")

    def __init__(self, descriptors):
        self._descriptors = descriptors

    @classmethod
    def current(cls):
        return cls([os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in cls.KINDS])

    @classmethod
    @contextlib.contextmanager
    def new(cls):
        """The block runs inside of the new namespaces and sets them up."""
        global away
        home = cls.current()
        away += 1
        try:
            _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET), "unshare")
            yield cls.current()
        finally:
            home._enter()
            home.close()
            away -= 1

    @contextlib.contextmanager
    def inside(self):
        """Sockets and processes that are made in this block belong to these namespaces for good."""
        global away
        home = Namespaces.current()
        away += 1
        try:
            self._enter()
            yield
        finally:
            home._enter()
            home.close()
            away -= 1

    def _enter(self):
        for descriptor in self._descriptors:
            _check(_libc.setns(descriptor, 0), "setns")

    def network_path(self):
        """A name for the network namespace that other processes can open."""
        return f"/proc/{os.getpid()}/fd/{self._descriptors[1]}"

    def close(self):
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []
