"""A hub and its spokes: moon has a connection of its own to each of sun, mars and venus, which other implementations
play."""

from dataclasses import dataclass

import peers
from swandlab import kernel, topology, tunnel
from swandlab.failure import wait_until

SPOKES = ("mars", "venus")


@dataclass(frozen=True)
class HubSide(tunnel.Side):
    """moon as one of its spokes sees it."""
    spoke: tunnel.Side = None

    @property
    def other(self):
        return self.spoke


def side_of(name):
    """What is known about a spoke; its inner host is the spoke itself."""
    if name == "sun":
        return tunnel.SUN
    number = topology.SPOKES[name]
    inner = f"10.{number}.0.1"
    return tunnel.Side(name, f"192.168.0.{number}", f"fec0::{number}", f"10.{number}.0.0/16", "", inner, "")


class Star:
    """The hub of a lab and its spokes.

    - Parameter spokes: for each name the implementation, and the options of its `Tunnel`; those that only the hub has
      are in `hub`, by the spoke's name.
    """

    def __init__(self, lab, spokes, hub, settings):
        self.lab = lab
        self.hub = lab.moon
        self.spokes = {}
        connections, secrets, credentials = {}, {}, []
        for name, (implementation, options) in spokes.items():
            peer = lab.sun if name == "sun" else peers.make(implementation, lab.network[name], lab.job)
            peer.configure_tunnel(tunnel.Tunnel(side_of(name), **options), settings)
            self.spokes[name] = peer
            own = HubSide(**vars(tunnel.MOON), spoke=side_of(name))
            theirs = tunnel.Tunnel(own, **(_without_sides(options) | hub.get(name, {})))
            sections = tunnel.swanctl_conf(theirs)
            connections[name] = sections["connections"]["gw"] | {"children": {name: theirs.child_sections()["net"]}}
            secrets |= {f"ike-{name}": secret for secret in sections.get("secrets", {}).values()}
            credentials += theirs.credentials
        from peers.vici_peer import render
        self.hub.configure(render({"connections": connections, "secrets": secrets}), credentials, settings)
        # iked takes no INITIAL_CONTACT, and asks whether a peer is alive only when it has sent something.
        self.spokes_may_remember = False
        lab.peers = (lab.moon, *self.spokes.values())

    def start(self):
        for peer in (*self.spokes.values(), self.hub):
            peer.start()
            peer.load()

    def inner(self, name):
        return side_of(name).inner_host

    # What must hold

    def wait_all_up(self, deadline=40):
        """One IKE_SA with one CHILD_SA for each spoke, and the same SAs in the spoke's kernel."""
        wait_until(lambda: not self.wrong(), f"the hub has one tunnel to each spoke ({self.wrong()})", deadline, 0.3)

    def wrong(self):
        found, sas = [], self.hub.sas()
        ours = {state.spi for state in kernel.states(self.hub.host) if state.spi}
        theirs = set()
        for name, peer in self.spokes.items():
            own = [sa for sa in sas if sa["name"] == name]
            if [sa["state"] for sa in own] != ["ESTABLISHED"]:
                found.append(f"{name}: {[sa['state'] for sa in own]}")
            states = [child["state"] for sa in own for child in sa["child-sas"]]
            if states != ["INSTALLED"]:
                found.append(f"{name}: children {states}")
            theirs |= {state.spi for state in kernel.states(peer.host) if state.spi and state.algorithms}
        if ours - theirs or (theirs - ours and not self.spokes_may_remember):
            found.append(f"kernels: {sorted(f'{spi:x}' for spi in ours ^ theirs)} on one side only")
        return "; ".join(found)

    def ping_all(self):
        for name in self.spokes:
            self.lab.alice.ping(self.inner(name), 2)

    def unique_ids(self):
        return {sa["name"]: sa["uniqueid"] for sa in self.hub.established()}


def _without_sides(options):
    return {key: value for key, value in options.items() if key not in ("certificate", "authority")}
