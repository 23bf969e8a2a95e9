"""moon changes its address, its uplink and its routes, and goes behind a router and back: the tunnel stays."""

from swandlab import kernel, topology, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import ALL_WAYS, SWAND_FIRST, scenario

MOBILE = {"local_addrs": "%any", "mobike": "yes"}
OTHER = "192.168.0.3"
# pluto as the one that moves gives its own IKE_SA up as soon as the new address is agreed on.
PLUTO = ("swand-pluto", "swand-pluto5")
NEWER = ("swand-charon6", "charon6-swand")


def without_ipv6(lab):
    """charon asks on all paths at once and takes the one that answers first: here there is one."""
    lab.moon.host.must("ip", "address", "del", f"{topology.MOON6}/64", "dev", "eth0")


def connect(lab, **options):
    settings = options.pop("settings", {})
    lab.site_to_site(moon={"connection": MOBILE | options.pop("moon", {})}, sun={"connection": {"mobike": "yes"}},
                     settings={"keep_alive": "1s"} | settings, **options)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through(1)
    return spis(lab)


def spis(lab):
    return sorted(state.spi for state in kernel.states(lab.sun.host) if state.algorithms)


def wait_moved(lab, moon, seen=None, encapsulated=False):
    """Both kernels send from and to moon's new address; `seen` is what sun sees of it."""
    for host, address in ((lab.moon.host, moon), (lab.sun.host, seen or moon)):
        wait_until(lambda: all(address in (s.source, s.destination) and bool(s.encapsulation) == encapsulated
                               for s in kernel.states(host) if s.algorithms),
                   f"{host.name} has its SAs at {address}{' in UDP' if encapsulated else ''}")
    require(kernel.states(lab.sun.host), "sun has no SAs")


def check_same(lab, before):
    require(spis(lab) == before, "the SAs are not the same as before")
    lab.ping_through()


@scenario("mobike", ALL_WAYS + PLUTO + NEWER)
def mobike(lab):
    """Another address on the same interface."""
    without_ipv6(lab)
    before = connect(lab)
    lab.moon.host.ip_batch([f"address del {topology.MOON}/24 dev eth0", f"address add {OTHER}/24 dev eth0"])
    wait_moved(lab, OTHER)
    check_same(lab, before)
    lab.check_wire()


@scenario("mobike-absent", ALL_WAYS)
def mobike_absent(lab):
    """Three seconds without any address, as between two networks."""
    before = connect(lab)
    lab.moon.host.ip_batch([f"address del {topology.MOON}/24 dev eth0", f"address del {topology.MOON6}/64 dev eth0"])
    lab.moon.host.must("sleep", "3")
    lab.moon.host.must("ip", "address", "add", f"{OTHER}/24", "dev", "eth0")
    wait_moved(lab, OTHER)
    check_same(lab, before)


@scenario("mobike-family", ALL_WAYS)
def mobike_family(lab):
    """The IPv4 address goes: the tunnel goes on in IPv6, to an address that the peer has listed."""
    before = connect(lab)
    lab.moon.host.must("ip", "address", "del", f"{topology.MOON}/24", "dev", "eth0")
    wait_moved(lab, topology.MOON6)
    check_same(lab, before)


@scenario("mobike-nat", ALL_WAYS, second_uplink=True)
def mobike_nat(lab):
    """The uplink goes down and the other one is behind a router; then back.

    pluto 4.10 moves its SAs, but leaves them without encapsulation.
    """
    before = connect(lab)
    moon = lab.moon.host
    moon.must("ip", "link", "set", "eth0", "down")
    wait_moved(lab, topology.MOON_BEHIND_NAT, topology.ROUTER, encapsulated=True)
    check_same(lab, before)
    wait_until(lambda: b"\xff" in lab.udp_payloads(4500), "moon sends a NAT keepalive")
    moon.must("ip", "link", "set", "eth0", "up")
    moon.must("ip", "link", "set", "eth2", "down")
    wait_moved(lab, topology.MOON)
    check_same(lab, before)


@scenario("mobike-route", ALL_WAYS, second_uplink=True)
def mobike_route(lab):
    """Addresses stay, but the route goes elsewhere."""
    without_ipv6(lab)
    before = connect(lab)
    lab.moon.host.must("ip", "route", "del", "192.168.0.0/24", "dev", "eth0")
    wait_moved(lab, topology.MOON_BEHIND_NAT, topology.ROUTER, encapsulated=True)
    check_same(lab, before)


@scenario("mobike-best-path", SWAND_FIRST + ("swand-swand",), second_uplink=True)
def mobike_best_path(lab):
    """A better route appears, and `prefer_best_path` makes moon take it although the old one still works."""
    before = connect(lab, moon_settings={"prefer_best_path": "yes"})
    lab.moon.host.must("ip", "route", "add", f"{topology.SUN}/32", "via", "10.3.0.254", "dev", "eth2")
    wait_moved(lab, topology.MOON_BEHIND_NAT, topology.ROUTER, encapsulated=True)
    check_same(lab, before)


@scenario("mobike-responder", ALL_WAYS)
def mobike_responder(lab):
    """The responder moves, and the initiator follows."""
    without_ipv6(lab)
    lab.site_to_site(moon={"connection": MOBILE}, sun={"connection": MOBILE})
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    before = spis(lab)
    lab.sun.host.ip_batch([f"address del {topology.SUN}/24 dev eth0", f"address add {OTHER}/24 dev eth0"])
    wait_moved(lab, OTHER)
    check_same(lab, before)


@scenario("mobike-probing", SWAND_FIRST + ("swand-swand",), second_uplink=True)
def mobike_probing(lab):
    """The uplink fails somewhere far away: only the silence of the peer tells, and the other path is found.

    charon asks on its own path only.
    """
    before = connect(lab, moon={"dpd_delay": "1s"})
    lab.moon.host.ip_batch([f"rule add from {topology.MOON_BEHIND_NAT} lookup 100",
                            "route add default via 10.3.0.254 dev eth2 table 100"])
    lab.network.cut("moon")
    wait_moved(lab, topology.MOON_BEHIND_NAT, topology.ROUTER, encapsulated=True)
    check_same(lab, before)


@scenario("mobike-off", ALL_WAYS)
def mobike_off(lab):
    """Without MOBIKE a new IKE_SA takes the place of the one whose address is gone."""
    lab.site_to_site(moon={"connection": MOBILE | {"mobike": "no"}},
                     sun={"connection": {"mobike": "no", "remote_addrs": "%any", "unique": "replace"}})
    lab.moon.initiate("net")
    before = lab.moon.established()[0]["initiator-spi"]
    lab.moon.host.ip_batch([f"address del {topology.MOON}/24 dev eth0", f"address add {OTHER}/24 dev eth0"])
    wait_until(lambda: any(sa["initiator-spi"] != before and sa["local-host"] == OTHER
                           for sa in lab.moon.established()), "a new IKE_SA is up from the new address", 40)
    # charon lists a child a little before its policies and route are there.
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, wait=1) == 0, "traffic flows again")
