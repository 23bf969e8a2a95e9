"""strongSwan's charon 6.0.1 in a Debian 13 tree of its own: multiple key exchanges, which 5.9.8 does not have."""

import os

from peers.charon import Peer as Charon
from swandlab import certificates
from swandlab.failure import require
from swandlab.namespaces import MS_BIND, mount

TREE = os.path.join(os.path.dirname(certificates.CACHE), "trees", "trixie")


class Peer(Charon):
    name = "charon6"
    # /run is the one folder that host and tree share: the control socket is there as well.
    environment = {"STRONGSWAN_CONF": "/run/strongswan.conf"}

    def write_settings(self, settings):
        super().write_settings(settings)
        self.host.write("/run/strongswan.conf", self.settings_text(settings))
        if not os.path.exists(self.host.path("/run/.tree")):
            require(os.path.isdir(TREE), f"there is no {TREE}: run Tests/Lab/install.sh trixie")
            with self.host.namespaces.inside():
                for directory in ("/run", "/proc", "/dev"):
                    mount(directory, TREE + directory, None, MS_BIND)
            self.host.write("/run/.tree", "")

    def command(self):
        return ["chroot", TREE, "/usr/sbin/charon-systemd"]
