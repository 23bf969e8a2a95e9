"""OpenIKED 7.4 in a Debian 13 tree."""

from peers.iked import Peer as Iked
from peers.tree import TRIXIE


class Peer(Iked):
    name = "iked74"
    etc = f"{TRIXIE.path}/etc"

    def configure_tunnel(self, tunnel, settings=None):
        TRIXIE.prepare(self.host)
        super().configure_tunnel(tunnel, settings)

    def _make_user(self):
        """The package has made it."""

    def program(self, name):
        return TRIXIE.command(f"/usr/sbin/{name}")
