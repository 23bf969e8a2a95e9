"""The small internet of the scenarios.

    alice ── moon ══ wan ══ sun ── bob          moon 192.168.0.1, LAN 10.1.0.0/16, alice 10.1.0.10
                                                sun  192.168.0.2, LAN 10.2.0.0/16, bob   10.2.0.10
                                                the same in IPv6: fec0::/64, fec1::/16, fec2::/16

    alice ── moon ── router ══ wan ══ sun ── bob       nat: moon is 10.3.0.1, the router 192.168.0.9

    alice ── moon ══ wan ══ gate ── sun ── bob         nat_sun: sun is 10.4.0.1, the gate 192.168.0.2, which lets
                                                       IKE and ESP in UDP in

    alice ── moon ═══════════ wan ══ sun ── bob        with a second uplink: moon is 192.168.0.1 on eth0, and
                └──── router ══┘                       10.3.0.1 on eth2, with the default route by the router

    further spokes hang on the switch: mars 192.168.0.4 with 10.4.0.1, venus 192.168.0.5 with 10.5.0.1

`wan` is a switch: every frame between the gateways crosses it, and there it is captured.
"""

import subprocess

from swandlab.capture import Capture
from swandlab.failure import Failure
from swandlab.host import ENVIRONMENT, Host

MOON, SUN = "192.168.0.1", "192.168.0.2"
MOON6, SUN6 = "fec0::1", "fec0::2"
ALICE, BOB = "10.1.0.10", "10.2.0.10"
ALICE6, BOB6 = "fec1::10", "fec2::10"
MOON_NET, SUN_NET = "10.1.0.0/16", "10.2.0.0/16"
MOON_NET6, SUN_NET6 = "fec1::/16", "fec2::/16"
ROUTER, MOON_BEHIND_NAT = "192.168.0.9", "10.3.0.1"
SUN_BEHIND_NAT = "10.4.0.1"
SPOKES = {"mars": "4", "venus": "5"}


class Network:
    """The hosts of one scenario and the cables between them; `close` takes everything away."""

    _count = 0

    @classmethod
    def number_from(cls, first):
        """Serial numbers of one of several processes: captures are named by them."""
        cls._count = first

    def __init__(self, lans=True, nat=False, nat_sun=False, second_uplink=False, spokes=()):
        Network._count += 1
        self.serial = Network._count
        self.hosts = {}
        self.capture = None
        try:
            self._build(lans, nat, nat_sun, second_uplink, spokes)
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name):
        return self.hosts[name]

    def _build(self, lans, nat, nat_sun, second_uplink, spokes):
        wan = self._add("wan")
        moon, sun = self._add("moon", forward=True), self._add("sun", forward=True)
        if nat_sun:
            gate = self._add("gate", forward=True)
            cables = [(wan, "gate", gate, "eth0"), (gate, "eth1", sun, "eth0")]
        else:
            cables = [(wan, "sun", sun, "eth0")]
        if nat or second_uplink:
            router = self._add("router", forward=True)
            cables += [(wan, "router", router, "eth0"), (router, "eth1", moon, "eth0" if nat else "eth2")]
        if not nat:
            cables += [(wan, "moon", moon, "eth0")]
        cables += [(wan, name, self._add(name, forward=True), "eth0") for name in spokes]
        if lans:
            alice, bob = self._add("alice"), self._add("bob")
            cables += [(moon, "eth1", alice, "eth0"), (sun, "eth1", bob, "eth0")]
        _plug(cables)

        self.ports = ports = [device for host, device, _, _ in cables if host is wan]
        wan.ip_batch(
            ["link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0", "link set br0 promisc on up"]
            + [f"link set {port} master br0 up" for port in ports])
        self.capture = Capture(wan, "br0")
        if nat or second_uplink:
            _configure(moon, {"eth0" if nat else "eth2": [f"{MOON_BEHIND_NAT}/24"]}, ["default via 10.3.0.254"])
            _configure(router, {"eth0": [f"{ROUTER}/24"], "eth1": ["10.3.0.254/24"]})
            _translate(router)
        if not nat:
            _configure(moon, {"eth0": [f"{MOON}/24", f"{MOON6}/64"]})
        if nat_sun:
            _configure(sun, {"eth0": [f"{SUN_BEHIND_NAT}/24"]}, ["default via 10.4.0.254"])
            _configure(gate, {"eth0": [f"{SUN}/24"], "eth1": ["10.4.0.254/24"]})
            _translate(gate)
            gate.must("iptables-legacy", "-t", "nat", "-A", "PREROUTING", "-i", "eth0", "-p", "udp", "-j", "DNAT",
                      "--to-destination", SUN_BEHIND_NAT)
        else:
            _configure(sun, {"eth0": [f"{SUN}/24", f"{SUN6}/64"]})
        for name in spokes:
            number = SPOKES[name]
            _configure(self[name], {"lo": [f"10.{number}.0.1/16"], "eth0": [f"192.168.0.{number}/24", f"fec0::{number}/64"]})
        if lans:
            _configure(moon, {"eth1": ["10.1.0.1/16", "fec1::1/16"]})
            _configure(sun, {"eth1": ["10.2.0.1/16", "fec2::1/16"]})
            _configure(alice, {"eth0": [f"{ALICE}/16", f"{ALICE6}/16"]}, ["default via 10.1.0.1", "::/0 via fec1::1"])
            _configure(bob, {"eth0": [f"{BOB}/16", f"{BOB6}/16"]}, ["default via 10.2.0.1", "::/0 via fec2::1"])

    def _add(self, name, forward=False):
        self.hosts[name] = Host(name, forward)
        return self.hosts[name]

    def cut(self, name):
        """Takes a gateway out of the switch; its own interface notices nothing."""
        self["wan"].must("ip", "link", "set", name, "nomaster")

    def mend(self, name):
        self["wan"].must("ip", "link", "set", name, "master", "br0")

    def impair(self, how):
        """Has the switch treat every packet between the gateways as netem is told: `loss 20%`, `delay 200ms`."""
        for port in self.ports:
            self["wan"].must("tc", "qdisc", "replace", "dev", port, "root", "netem", "limit", "10000", *how.split())

    def repair(self):
        for port in self.ports:
            self["wan"].must("tc", "qdisc", "del", "dev", port, "root")

    def limit_packets(self, mtu):
        """A small MTU between the gateways."""
        for name in ("moon", "sun"):
            self[name].must("ip", "link", "set", "eth0", "mtu", mtu)

    def close(self):
        if self.capture:
            self.capture.close()
        for host in self.hosts.values():
            host.shut_down()
        self.hosts = {}


def _plug(cables):
    """Makes all cables in one process: (host, device, other host, other device)."""
    lines = [f"link add {device} netns {host.namespaces.network_path()} "
             f"type veth peer name {other_device} netns {other.namespaces.network_path()}"
             for host, device, other, other_device in cables]
    result = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, env=ENVIRONMENT,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise Failure(f"cables: {result.stdout.strip()}")


def _translate(router):
    router.must("iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-o", "eth0", "-j", "MASQUERADE")


def _configure(host, devices, routes=()):
    """Gives addresses to devices, brings them up and adds routes, in one process."""
    lines = ["link set lo up"]
    for device, values in devices.items():
        lines += [f"address add {value} dev {device}{' nodad' if ':' in value else ''}" for value in values]
        lines += [f"link set {device} up"]
    host.ip_batch(lines + [f"route add {route}" for route in routes])
