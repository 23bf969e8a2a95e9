"""The implementations that can play a gateway: one small file each.

A peer is made for a host and knows how to `configure`, `start`, `load`, `initiate`, `terminate`, list, `stop` and
`kill`. What speaks VICI derives from `peers.vici_peer.ViciPeer`.
"""

import importlib

NAMES = ("swand", "swand6", "swand61", "charon", "charon6", "charon61", "pluto", "pluto5", "iked", "iked74", "puppet")


def make(name, host, job):
    """The peer `name` for `host`; `job` names the binaries."""
    return importlib.import_module(f"peers.{name}").Peer(host, job)
