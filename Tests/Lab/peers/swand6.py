"""swand with the libraries of a Debian 13 tree: OpenSSL 3.5, which has ML-KEM."""

import os

from peers.swand import Peer as Swand
from peers.tree import TRIXIE


class Peer(Swand):
    name = "swand6"
    tree = TRIXIE

    def write_settings(self, settings):
        super().write_settings(settings)
        for file in ("swand.conf", "ipsec.conf", "ipsec.secrets"):
            self.host.write(f"/run/{file}", self.host.read(f"/etc/{file}"))
        # A build that links Swift's runtime dynamically looks for it below /opt.
        self.tree.prepare(self.host, [("/opt", "/opt"), (os.path.dirname(self.job["swand"]), "/mnt")])

    def command(self):
        return self.tree.command(
            f"/mnt/{os.path.basename(self.job['swand'])}", "--config", "/run/swand.conf", "--ipsec-conf",
            "/run/ipsec.conf", "--ipsec-secrets", "/run/ipsec.secrets", "--vici-socket", "/run/charon.vici")
