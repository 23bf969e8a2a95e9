"""`interface=` of a child: the XFRM interface device that swand makes, or finds, and what is routed to it.

These need a kernel with XFRM interfaces, which User-Mode Linux does not have. Everything there takes several times as
long, so that each scenario does many things with daemons that are started once.
"""

import json
import subprocess

from swandlab import kernel, tunnel
from swandlab.failure import Skipped, require, wait_until
from swandlab.scenario import EITHER_WAY, SWAND_FIRST, scenario

EVERYTHING = {"local_ts": "0.0.0.0/0", "remote_ts": "0.0.0.0/0"}


def device(host, name="ipsec0"):
    """The XFRM interface of this name: its ID, MTU and index; None if there is none."""
    listing = host.run("ip", "-j", "-d", "link", "show", "dev", name)
    if listing.returncode != 0:
        return None
    link = json.loads(listing.stdout)[0]
    data = link.get("linkinfo", {}).get("info_data", {})
    number = data.get("if_id", "0")
    return {"id": int(str(number), 0), "mtu": link["mtu"], "up": "UP" in link["flags"], "index": link["ifindex"]}


def make_device(host, identifier, *networks, name="ipsec0"):
    """What an administrator does by hand for charon."""
    host.ip_batch([f"link add {name} type xfrm if_id {identifier}", f"link set {name} up"]
                  + [f"route add {network} dev {name}" for network in networks])


def remove_device(host, name="ipsec0"):
    host.must("ip", "link", "del", name)


def route_to(host, address):
    """The kernel's own choice."""
    return host.must("ip", "route", "get", address)


def over_device(host, address, name="ipsec0"):
    return f"dev {name}" in route_to(host, address)


def own_side(lab, peer):
    return tunnel.MOON if peer is lab.moon else tunnel.SUN


def swands(lab):
    """The gateways that are under test; with --both charon there are none, and everything is done by hand."""
    return [peer for peer in lab.peers if peer.name == "swand"]


def by_hand(lab, identifier, networks=None):
    """Devices and routes of the gateways that are not swand."""
    for peer in lab.peers:
        if peer.name != "swand":
            make_device(peer.host, identifier, *(networks or [own_side(lab, peer).other.net]))


def replace_own(lab, keys, child=None, children=None, **options):
    """`keys` for every child where swand is under test: charon takes `interface` for a restriction of its policies to
    packets that have been routed to the device already, which none are. `children` are by gateway."""
    own = {}
    for name, peer in (("moon", lab.moon), ("sun", lab.sun)):
        own[name] = {"child": (child or {}) | (keys if peer.name == "swand" else {})}
        if children:
            own[name]["children"] = children[name]
    lab.replace(**own, **options)


def undo(lab):
    for peer in lab.peers:
        if peer.name != "swand":
            remove_device(peer.host)


def end(lab):
    """Closes the tunnel and unloads the connection: nothing of it may stay."""
    lab.moon.terminate(ike="gw")
    for peer in lab.peers:
        peer.wait_down()
        peer.call("unload-conn", {"name": "gw"})
    for peer in swands(lab):
        wait_until(lambda: device(peer.host) is None, f"{peer.host.name}: the device goes with its configuration")
        require(not kernel.routes(peer.host), f"{peer.host.name}: routes are left: {kernel.routes(peer.host)}")


def counts(host):
    """Packets that the device has sent."""
    link = json.loads(host.must("ip", "-j", "-s", "link", "show", "dev", "ipsec0"))[0]
    return link["stats64"]["tx"]["packets"]


# Sections: each configures both sides anew.


def fixed_id(lab):
    """One ID on the connection, two children over one device, traffic while both SAs are replaced."""
    by_hand(lab, 42)
    ids = {"if_id_in": "42", "if_id_out": "42"}
    far = {"moon": {"remote_ts": "10.9.0.0/16"}, "sun": {"local_ts": "10.9.0.0/16"}}
    replace_own(lab, {"interface": "ipsec0"}, connection=ids,
                children={name: {"net": {}, "second": keys} for name, keys in far.items()})
    for peer in swands(lab):
        found = device(peer.host)
        require(found and found["id"] == 42 and found["up"], f"{peer.host.name}: loading the connection made {found}")
    lab.moon.initiate("net")
    lab.moon.initiate("second")
    lab.sun.wait_up("second")
    lab.ping_through(1)
    for peer in swands(lab):
        other = own_side(lab, peer).other
        require(over_device(peer.host, other.inner_host), f"{peer.host.name}: {route_to(peer.host, other.inner_host)}")
        # IPv4 header, ESP header, IV and ICV of AES-GCM, two octets of trailer, a multiple of four.
        require(device(peer.host)["mtu"] == 1446, f"{peer.host.name}: the MTU is {device(peer.host)['mtu']}")
        require(counts(peer.host) > 0, f"{peer.host.name}: nothing went out by the device")
        shown = peer.sas()[0]["child-sas"][0]
        require(shown["if-id-in"] == shown["if-id-out"] == "0000002a", f"{peer.host.name} lists {shown}")
    largest(lab)
    rekey_under_traffic(lab)
    for peer in swands(lab):
        peer.call("unload-conn", {"name": "gw"})
        require(device(peer.host), f"{peer.host.name}: the device went while its CHILD_SA is up")
    lab.moon.terminate(ike="gw")
    for peer in swands(lab):
        wait_until(lambda: device(peer.host) is None, f"{peer.host.name}: the device goes with the last CHILD_SA")
    undo(lab)


def largest(lab):
    """A packet as large as the device takes crosses the wire in one piece of 1500 octets at most."""
    before = len(lab.network.capture.packets())
    lab.alice.must("ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", str(1446 - 28), tunnel.SUN.inner_host)
    sizes = [len(frame) - 14 for _, frame in lab.network.capture.packets()[before:] if frame[23] == 50]
    require(sizes and 1490 < max(sizes) <= 1500, f"the largest ESP packets have {sorted(sizes)[-3:]} octets")


def rekey_under_traffic(lab):
    """Every ping is waited for: a stream that is cut off loses the last one to the slow machine.

    One may be lost: an emulated processor can stand still for tenths of a second in the middle of a packet, whose SA is
    gone when it goes on.
    """
    pings = lab.alice.popen("ping", "-n", "-q", "-c", "30", "-i", "0.2", "-W", "10", tunnel.SUN.inner_host, text=True,
                            stdout=subprocess.PIPE)
    before = {child["spi-in"] for child in lab.moon.children("net")}
    lab.moon.rekey(child="net")
    wait_until(lambda: {child["spi-in"] for child in lab.moon.children("net")} - before, "moon rekeys the child")
    lab.sun.rekey(ike="gw")
    wait_until(lambda: len(lab.moon.established()) == 1, "one IKE_SA is left")
    output, _ = pings.communicate(timeout=60)
    require("30 received" in output or "29 received" in output,
            f"pings were lost while the SAs were replaced: {output.strip()}")


def everything(lab):
    """0.0.0.0/0 at both ends: all but the underlay and the own networks is led over the device."""
    by_hand(lab, 7)
    replace_own(lab, {"interface": "ipsec0"}, child=EVERYTHING, connection={"if_id_in": "7", "if_id_out": "7"})
    lab.moon.initiate("net")
    for peer in swands(lab):
        side = own_side(lab, peer)
        wait_until(lambda: over_device(peer.host, "203.0.113.1"), f"{peer.host.name}: the default route is the tunnel")
        for address in (side.other.address, side.inner_host):
            require(not over_device(peer.host, address), f"{peer.host.name}: {route_to(peer.host, address)}")
    lab.ping_through(1)
    lab.moon.rekey(ike="gw")
    wait_until(lambda: len(lab.moon.established()) == 1 and len(lab.sun.established()) == 1, "IKE is still possible")
    lab.ping_through(1)
    end(lab)
    undo(lab)


def unique(lab):
    """%unique on the child: the device comes and goes with the CHILD_SA. charon on the other side is policy-based."""
    replace_own(lab, {"interface": "ipsec0", "if_id_in": "%unique", "if_id_out": "%unique"})
    for peer in swands(lab):
        require(device(peer.host) is None, f"{peer.host.name}: there is a device before there is an ID")
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through(1)
    for peer in swands(lab):
        shown = peer.sas()[0]["child-sas"][0]
        require(device(peer.host)["id"] == int(shown["if-id-in"], 16) == int(shown["if-id-out"], 16) > 0,
                f"{peer.host.name}: {device(peer.host)} is not what is listed: {shown}")
    index = {peer: device(peer.host)["index"] for peer in swands(lab)}
    for peer in lab.peers:
        before = {child["spi-in"] for child in lab.moon.children("net")}
        peer.rekey(child="net")
        wait_until(lambda: {child["spi-in"] for child in lab.moon.children("net")} - before,
                   f"{peer.host.name} rekeys the child")
        lab.ping_through(1)
    for peer in swands(lab):
        require(device(peer.host)["index"] == index[peer], f"{peer.host.name}: the rekeying made another device")
    end(lab)


def without_id(lab):
    """One line: neither side says an ID, and the device has one that nobody uses. A trap brings the tunnel up."""
    replace_own(lab, {"interface": "ipsec0", "start_action": "trap"})
    for peer in swands(lab):
        require(device(peer.host) and device(peer.host)["id"] > 0x1000, f"{peer.host.name}: {device(peer.host)}")
    if lab.moon.name == "swand":
        wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1) == 0, "the trap brings the tunnel up")
    else:
        lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through(1)
    end(lab)


@scenario("xfrm-interface", EITHER_WAY, limit=420, needs="xfrm-interface")
def xfrm_interface(lab):
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"})
    # Where charon begins, the last two would show what the exchange tests show.
    further = (unique, without_id) if lab.moon.name == "swand" else ()
    for section in (fixed_id, everything, *further):
        try:
            section(lab)
        except Exception as failure:
            raise type(failure)(f"{section.__name__}: {failure}") from failure


def refused(lab, words, child):
    """The child cannot come up, and the daemon says why."""
    replace_own(lab, child)
    reason = lab.moon.try_initiate("net")
    require(reason, f"{child} came up")
    for word in words:
        require(word in lab.moon.log(), f"the reason for refusing {child} does not name {word}: {lab.moon.log_tail()}")


@scenario("xfrm-interface-existing", SWAND_FIRST, limit=300, needs="xfrm-interface")
def xfrm_interface_existing(lab):
    """Devices that were there before, a daemon that is killed, and one that is stopped."""
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"})
    host = lab.moon.host
    make_device(host, 42, tunnel.SUN.net)
    for child in ({"if_id_in": "42", "if_id_out": "42"}, {}):
        replace_own(lab, child | {"interface": "ipsec0"})
        lab.moon.initiate("net")
        lab.ping_through(1)
        require(not kernel.routes(host), f"routes to a device of somebody else: {kernel.routes(host)}")
        lab.moon.terminate(ike="gw")
        lab.sun.wait_down()
    refused(lab, ("ipsec0", "if_id 42", "43"), {"interface": "ipsec0", "if_id_in": "43", "if_id_out": "43"})
    refused(lab, ("eth1", "veth", "43"), {"interface": "eth1", "if_id_in": "43", "if_id_out": "43"})
    refused(lab, ("ipsec1", "if_id 42", "ipsec0"), {"interface": "ipsec1", "if_id_in": "42", "if_id_out": "42"})
    lab.moon.call("unload-conn", {"name": "gw"})
    require(device(host)["id"] == 42, "the device that was there before is gone")
    remove_device(host)

    replace_own(lab, {"interface": "ipsec0"})
    lab.moon.initiate("net")
    lab.ping_through(1)
    lab.moon.kill()
    require(device(host) and kernel.routes(host), "killing the daemon already removed the device: nothing is proved")
    lab.moon.start()
    require(device(host) is None, "the device of the killed run is left")
    lab.moon.load()
    replace_own(lab, {"interface": "ipsec0"})
    lab.moon.initiate("net")
    lab.ping_through(1)
    lab.moon.stop()
    require(device(host) is None, "the device of the stopped run is left")
    require(not kernel.routes(host) and not kernel.policies(host), "the stopped run left something in the kernel")


@scenario("no-xfrm-interface", SWAND_FIRST)
def no_xfrm_interface(lab):
    """A kernel that cannot make the device: the daemon says what is missing, and other connections are not hurt."""
    lab.site_to_site()
    if lab.moon.host.run("ip", "link", "add", "try0", "type", "xfrm", "if_id", "1").returncode == 0:
        raise Skipped("this kernel has XFRM interfaces")
    refused(lab, ("ipsec0", "no XFRM interfaces", "xfrm_interface"), {"interface": "ipsec0"})
    replace_own(lab, {})
    lab.moon.initiate("net")
    lab.ping_through(1)
