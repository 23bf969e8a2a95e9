"""strongSwan's charon of Debian testing (6.1 or newer): ML-KEM, which the OpenSSL beside it has."""

from peers.charon6 import Peer as Charon6
from peers.tree import TESTING


class Peer(Charon6):
    name = "charon61"
    tree = TESTING
