"""Pass policies for attached networks (`plugins.bypass-lan`): the LAN beside a tunnel for everything."""

from peers.charon import PLUGINS
from scenarios.crash import nothing_left
from scenarios.kernel_lists import compare
from swandlab import kernel, topology, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import SWAND_FIRST, scenario

# charon takes the plugin where it is named, swand where it is asked for in either way.
BYPASS = {"load": f"{PLUGINS} bypass-lan"}
EVERYTHING = {"moon": {"child": {"remote_ts": "0.0.0.0/0"}}, "sun": {"child": {"local_ts": "0.0.0.0/0"}}}
GUESTS = "172.16.5"


def passing(lab):
    """Networks that moon's kernel lets pass among themselves, in all three directions."""
    found = {}
    for policy in kernel.policies(lab.moon.host):
        if not policy.templates and policy.source == policy.destination and policy.action == "allow":
            found.setdefault(policy.source, set()).add(policy.direction)
    return {network for network, directions in found.items() if directions == {"in", "out", "fwd"}}


@scenario("bypass-lan", SWAND_FIRST)
def bypass_lan(lab):
    """A tunnel for everything would take the LAN's own traffic; the networks come and go with their addresses."""
    moon, alice = lab.moon.host, lab.alice
    lab.site_to_site(moon_settings=BYPASS, **EVERYTHING)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through()
    moon.ping(topology.ALICE, 2)
    wait_until(lambda: {"10.1.0.0/16", "192.168.0.0/24", "fec0::/64", "fec1::/16", "fe80::/64"} == passing(lab),
               "moon lets its own networks pass")
    listed = lab.moon.swanctl("--list-pols")
    require("bypass-lan/Bypass LAN 10.1.0.0/16, PASS" in listed, f"swanctl --list-pols shows {listed}")

    moon.must("ip", "address", "add", f"{GUESTS}.1/24", "dev", "eth1")
    alice.must("ip", "address", "add", f"{GUESTS}.2/24", "dev", "eth0")
    wait_until(lambda: f"{GUESTS}.0/24" in passing(lab), "the new network passes")
    moon.ping(f"{GUESTS}.2")
    moon.must("ip", "route", "add", "10.77.0.0/16", "dev", "eth0")
    wait_until(lambda: "10.77.0.0/16" in passing(lab), "a network that was routed to the link passes")
    moon.ip_batch([f"address del {GUESTS}.1/24 dev eth1", "route del 10.77.0.0/16 dev eth0"])
    wait_until(lambda: len(passing(lab)) == 5, "networks that are gone pass no more")
    moon.must("ip", "link", "set", "eth1", "down")
    wait_until(lambda: passing(lab) == {"192.168.0.0/24", "fec0::/64", "fe80::/64"},
               "the networks of an interface that is down pass no more")
    moon.must("ip", "link", "set", "eth1", "up")
    wait_until(lambda: "10.1.0.0/16" in passing(lab), "the LAN is back")
    wait_until(lambda: lab.alice.ping_loss(topology.BOB, wait=1) == 0, "the tunnel carries traffic")
    moon.ping(topology.ALICE)

    lab.moon.kill()
    require(passing(lab), "killing the daemon already emptied the kernel: nothing is proved")
    lab.moon.start()
    wait_until(lambda: len(passing(lab)) == 4, "the networks pass again after a crash")
    lab.moon.stop()
    require(nothing_left(lab.moon), "something is left in moon's kernel")


@scenario("bypass-lan-off", SWAND_FIRST)
def bypass_lan_off(lab):
    """Without it moon cannot reach its own LAN, and with it only on the interfaces that are named."""
    lab.site_to_site(moon_settings={"plugins": {"bypass-lan": {"interfaces_use": "eth0"}}}, **EVERYTHING)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    require(not passing(lab), "there are pass policies although nobody has asked for them")
    require(lab.moon.host.ping_loss(topology.ALICE, wait=1) == 1, "moon reaches its LAN in spite of the tunnel")
    lab.moon.write_settings({"plugins": {"bypass-lan": {"load": "yes", "interfaces_use": "eth1"}}})
    lab.moon.call("reload-settings")
    wait_until(lambda: "10.1.0.0/16" in passing(lab) and "192.168.0.0/24" not in passing(lab),
               "the networks of eth1 pass, and only those")
    lab.moon.host.ping(topology.ALICE)


@scenario("kernel-lists-bypass-lan", SWAND_FIRST)
def kernel_lists_bypass_lan(lab):
    """Also a point-to-point address, a second address in the LAN's network and routes with and without a router."""
    lab.moon.host.ip_batch([
        "address add 10.1.0.77/24 dev eth0", "address add 10.9.9.9 peer 10.9.9.10 dev eth0",
        "route add 10.77.0.0/16 dev eth0", f"route add 10.78.0.0/16 via {topology.SUN}",
        "route add fd00:77::/64 dev eth0"])
    compare(lab, initiate=False, settings=BYPASS)


@scenario("kernel-lists-netlink", SWAND_FIRST)
def kernel_lists_netlink(lab):
    """The settings of plugins.kernel-netlink that show in the kernel's lists."""
    compare(lab, settings={"plugins": {"kernel-netlink": {
        "port_bypass": "yes", "mtu": 1300, "mss": 1200, "set_proto_port_transport_sa": "yes"}}},
        moon={"children": {"net": {}, "clear": {
            "mode": "pass", "local_ts": tunnel.MOON.net, "remote_ts": "10.9.0.0/16", "start_action": "trap"}}})


@scenario("kernel-lists-narrow-transport", SWAND_FIRST, lans=False)
def kernel_lists_narrow_transport(lab):
    compare(lab, settings={"plugins": {"kernel-netlink": {"set_proto_port_transport_sa": "yes"}}},
            child={"mode": "transport", "local_ts": "dynamic", "remote_ts": "dynamic[tcp/443]"})
