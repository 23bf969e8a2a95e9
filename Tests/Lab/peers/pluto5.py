"""libreswan's pluto 5.2 in a Debian 13 tree."""

from peers.pluto import Peer as Pluto
from peers.tree import TRIXIE


class Peer(Pluto):
    name = "pluto5"
    etc = f"{TRIXIE.path}/etc"
    nss = "/run/nss"
    rekey_child = "--rekey-child"
    # --stderrlog alone: a log file by that name is none in the tree.
    log_option = ""

    def mount_tree(self):
        TRIXIE.prepare(self.host)

    def program(self, name):
        return TRIXIE.command(f"/usr/libexec/ipsec/{name}")
