"""swand with the libraries of Debian testing, as charon61 has them."""

from peers.swand6 import Peer as Swand6
from peers.tree import TESTING


class Peer(Swand6):
    name = "swand61"
    tree = TESTING
