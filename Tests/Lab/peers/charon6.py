"""strongSwan's charon 6.0.1 in a Debian 13 tree: multiple key exchanges, which 5.9.8 does not have."""

from peers.charon import Peer as Charon
from peers.tree import TRIXIE


class Peer(Charon):
    name = "charon6"
    tree = TRIXIE
    environment = {"STRONGSWAN_CONF": "/run/strongswan.conf"}

    def write_settings(self, settings):
        super().write_settings(settings)
        self.host.write("/run/strongswan.conf", self.settings_text(settings))
        self.tree.prepare(self.host)

    def command(self):
        return self.tree.command("/usr/sbin/charon-systemd")
