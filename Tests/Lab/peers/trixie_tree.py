"""A Debian 13 tree that a daemon of a host runs in; /run is shared, the control socket with it."""

import os

from swandlab import certificates
from swandlab.failure import require
from swandlab.namespaces import MS_BIND, mount

TREE = os.path.join(os.path.dirname(certificates.CACHE), "trees", "trixie")


def prepare(host, directories=()):
    """Makes the tree fit for `chroot`, once for each host; `directories` maps further ones: (here, there)."""
    if os.path.exists(host.path("/run/.tree")):
        return
    require(os.path.isdir(TREE), f"there is no {TREE}: run Tests/Lab/install.sh trixie")
    with host.namespaces.inside():
        for here, there in [("/run", "/run"), ("/proc", "/proc"), ("/dev", "/dev"), *directories]:
            mount(here, TREE + there, None, MS_BIND)
    host.write("/run/.tree", "")


def command(*words):
    return ["chroot", TREE, *words]
