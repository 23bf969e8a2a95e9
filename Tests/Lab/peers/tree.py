"""Debian trees that a daemon of a host runs in; /run is shared, the control socket with it."""

import os

from swandlab import certificates
from swandlab.failure import Skipped, require
from swandlab.namespaces import MS_BIND, mount

TREES = os.path.join(os.path.dirname(certificates.CACHE), "trees")


class Tree:
    """One of `.cache/trees`; an optional one skips the scenario where it could not be had."""

    def __init__(self, name, optional=False):
        self.name = name
        self.optional = optional
        self.path = os.path.join(TREES, name)

    def prepare(self, host, directories=()):
        """Makes the tree fit for `chroot`, once for each host; `directories` maps further ones: (here, there).

        Its /etc is the host's own: what is written there stays in memory.
        """
        if os.path.exists(host.path(f"/run/.{self.name}")):
            return
        if self.optional and not os.path.exists(f"{self.path}/.complete"):
            raise Skipped(f"there is no tree of Debian {self.name}: Tests/Lab/install.sh {self.name} could not make it")
        require(os.path.isdir(self.path), f"there is no {self.path}: run Tests/Lab/install.sh {self.name}")
        upper, work = f"/run/.upper/{self.name}", f"/run/.work/{self.name}"
        os.makedirs(host.path(upper))
        os.makedirs(host.path(work))
        with host.namespaces.inside():
            mount("overlay", f"{self.path}/etc", "overlay", 0,
                  f"lowerdir={self.path}/etc,upperdir={upper},workdir={work}")
            for here, there in [("/run", "/run"), ("/proc", "/proc"), ("/dev", "/dev"), *directories]:
                mount(here, self.path + there, None, MS_BIND)
        host.write(f"/run/.{self.name}", "")

    def command(self, *words):
        return ["chroot", self.path, *words]


TRIXIE = Tree("trixie")
TESTING = Tree("testing", optional=True)
