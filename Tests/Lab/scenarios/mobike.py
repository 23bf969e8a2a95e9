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
    """The IPv4 address goes: the tunnel goes on in IPv6, to an address that the peer has listed, and comes back."""
    before = connect(lab)
    lab.moon.host.must("ip", "address", "del", f"{topology.MOON}/24", "dev", "eth0")
    wait_moved(lab, topology.MOON6)
    check_same(lab, before)
    lab.moon.host.must("ip", "address", "add", f"{topology.MOON}/24", "dev", "eth0")
    # The peer has to learn of the new address before it is the only one.
    wait_until(lambda: lab.moon.sas()[0].get("tasks-active") is None, "moon has said what it has to say")
    lab.moon.host.must("ip", "address", "del", f"{topology.MOON6}/64", "dev", "eth0")
    wait_moved(lab, topology.MOON)
    check_same(lab, before)
    routes = kernel.routes(lab.moon.host)
    require(len(routes) == 1 and f"via {topology.SUN} " in routes[0], f"moon's routes are {routes}")


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


@scenario("mobike-best-path", ALL_WAYS, second_uplink=True)
def mobike_best_path(lab):
    """A better route appears, and `prefer_best_path` makes moon take it although the old one still works.

    charon takes the first answer to come, and IPv6 is a path of its own.
    """
    without_ipv6(lab)
    before = connect(lab, moon_settings={"prefer_best_path": "yes", "check_current_path": "yes"})
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


@scenario("mobike-rekey", SWAND_FIRST + ("swand-swand",))
def mobike_rekey(lab):
    """The address changes while both kinds of rekeying are under way: each goes on from the new address.

    charon as the one that moves sends its request from the old address until it gives up.
    """
    without_ipv6(lab)
    connect(lab, child={"rekey_time": "1h"})
    lab.network.impair("delay 300ms")
    addresses = [topology.MOON, OTHER]
    for what in ({"child": "net"}, {"ike": "gw"}):
        before = (lab.moon.established()[0]["initiator-spi"], spis(lab))
        lab.moon.rekey(**what)
        lab.moon.host.ip_batch([f"address del {addresses[0]}/24 dev eth0", f"address add {addresses[1]}/24 dev eth0"])
        wait_until(lambda: len(lab.moon.established()) == 1 and len(lab.moon.children("net")) == 1 and
                   (lab.moon.established()[0]["initiator-spi"] != before[0] or spis(lab) != before[1]),
                   f"{what} is rekeyed")
        wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, wait=2) == 0, "traffic flows")
        for peer in lab.peers:
            peer.wait_one_pair()
        wait_moved(lab, addresses[1])
        addresses.reverse()
    lab.network.repair()
    lab.ping_through()


@scenario("mobike-mapping", ALL_WAYS, nat=True)
def mobike_mapping(lab):
    """The router forgets everybody and gives moon another port: the first packet through the tunnel tells sun."""
    lab.site_to_site(moon={"connection": MOBILE | {"local_addrs": topology.MOON_BEHIND_NAT}},
                     sun={"connection": {"remote_addrs": "%any"}}, settings={"keep_alive": "1s"})
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through(1)
    before = spis(lab)
    router = lab.network["router"]
    router.must("iptables-legacy", "-t", "nat", "-R", "POSTROUTING", "1", "-o", "eth0", "-p", "udp", "-j", "MASQUERADE",
                "--to-ports", "30000-30010")
    # What is masqueraded is forgotten with its interface.
    router.ip_batch(["link set eth0 down", "link set eth0 up"])
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, wait=1) == 0, "traffic flows again")
    ports = {port for state in kernel.states(lab.sun.host) for port in state.encapsulation[1:]}
    require(ports & set(range(30000, 30011)), f"sun still sends to the old port: {ports}")
    check_same(lab, before)


@scenario("mobike-off-nat", ALL_WAYS, nat=True)
def mobike_off_nat(lab):
    """Without MOBIKE, moon gets another address behind its router: a new IKE_SA, and one only."""
    lab.site_to_site(moon={"connection": MOBILE | {"mobike": "no"}},
                     sun={"connection": {"mobike": "no", "remote_addrs": "%any", "unique": "replace"}})
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    before = lab.moon.established()[0]["initiator-spi"]
    lab.moon.host.ip_batch([f"address del {topology.MOON_BEHIND_NAT}/24 dev eth0", "address add 10.3.0.7/24 dev eth0",
                            "route add default via 10.3.0.254"])
    wait_until(lambda: any(sa["initiator-spi"] != before and sa["local-host"] == "10.3.0.7"
                           for sa in lab.moon.established()), "a new IKE_SA is up from the new address", 40)
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, wait=1) == 0, "traffic flows again")
    for peer in lab.peers:
        peer.wait_one_pair()


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
