"""Marks with packets: two tunnels between the same networks, and the mark of a packet decides which one it takes."""

from swandlab import tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import EITHER_WAY, scenario

# Two addresses of alice; the gateways mark what comes from there and what goes there.
HOSTS = {"red": tunnel.MOON.inner_host, "blue": "10.1.0.20"}


def load(lab, color, keys):
    """A connection of its own for each color: identities tell them apart, because nothing else differs."""
    for peer, side in ((lab.moon, tunnel.MOON), (lab.sun, tunnel.SUN)):
        description = tunnel.Tunnel(
            side, local={"id": f"{side.name}.{color}"}, remote={"id": f"{side.other.name}.{color}"},
            children={color: keys})
        peer.call("load-conn", {color: tunnel.vici_connections(description)["gw"]})


def prepare(lab):
    """Everybody knows the key whatever the identity; alice has a second address."""
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"})
    for peer in lab.peers:
        peer.call("load-shared", {"id": "any", "type": "IKE", "data": tunnel.SECRET})
        peer.call("unload-conn", {"name": "gw"})
    lab.alice.must("ip", "address", "add", f"{HOSTS['blue']}/16", "dev", "eth0")


def rules(peer, action, marks):
    """Marks the packets of each color before they are routed; bits outside of the mask are set as well."""
    direction = "-s" if peer.host.name == "moon" else "-d"
    for color, mark in marks.items():
        peer.host.must("iptables-legacy", "-t", "mangle", action, "PREROUTING", "-i", "eth1", direction, HOSTS[color],
                       "-j", "MARK", "--set-mark", f"{mark:#x}")


def packets(lab):
    """What each CHILD_SA has carried so far, by name: on both sides, in both directions."""
    found = {}
    for peer in lab.peers:
        for child in peer.children():
            for key in ("packets-in", "packets-out"):
                found[(peer.host.name, child["name"], key)] = int(child[key])
    return found


def one_way(lab, color):
    """Pings of this color take its own CHILD_SA in both directions, and no other."""
    before = packets(lab)
    lab.alice.ping(tunnel.SUN.inner_host, 3, source=HOSTS[color])
    grown = {key: value - before[key] for key, value in packets(lab).items()}
    expected = {key: 3 if key[1] == color else 0 for key in before}
    require(grown == expected, f"3 pings of {color} went by {grown}")


def up(lab, initiator):
    for color in HOSTS:
        initiator.initiate(color)
        lab.moon.wait_up(color)
        lab.sun.wait_up(color)


def down(lab):
    for color in HOSTS:
        lab.moon.terminate(ike=color)
    for peer in lab.peers:
        peer.wait_down()


def both_ways(lab):
    for color in HOSTS:
        one_way(lab, color)


@scenario("marked-traffic", EITHER_WAY, limit=120)
def marked_traffic(lab):
    """Values with masks; what comes out of an SA is given the mark that the policies want (`set_mark_in`), and what
    goes in leaves with another (`set_mark_out`)."""
    prepare(lab)
    marks = {"red": 0x1010, "blue": 0x2020}
    for color, mark in marks.items():
        value = f"{mark & 0xf0:#x}/0xf0"
        load(lab, color, {"mark_in": value, "mark_out": value, "set_mark_in": value, "set_mark_out": f"{mark:#x}"})
    for peer in lab.peers:
        rules(peer, "-A", marks)
        for mark in marks.values():
            peer.host.must("iptables-legacy", "-t", "mangle", "-A", "POSTROUTING", "-o", "eth0", "-p", "esp",
                           "-m", "mark", "--mark", f"{mark:#x}")
    up(lab, lab.moon)
    both_ways(lab)
    for peer in lab.peers:
        listing = peer.host.must("iptables-legacy", "-t", "mangle", "-nvxL", "POSTROUTING").splitlines()
        counts = [int(line.split()[0]) for line in listing if "mark match" in line]
        require(counts == [3, 3], f"{peer.host.name}: ESP packets by the mark they leave with: {counts}")
    before = {child["spi-in"] for child in lab.moon.children()}
    for peer, color in ((lab.moon, "red"), (lab.sun, "blue")):
        peer.rekey(child=color)
    wait_until(lambda: not before & {child["spi-in"] for child in lab.moon.children()}, "both children are rekeyed")
    wait_until(lambda: len(lab.moon.children()) == len(lab.sun.children()) == 2, "the old SAs are gone")
    both_ways(lab)


def unique(lab, word):
    """Each side chooses its own marks and says which; ESP packets are marked by their SPI before they are opened."""
    for color in HOSTS:
        load(lab, color, {"mark_in": word, "mark_out": word, "mark_in_sa": "yes"})
    up(lab, lab.moon)
    for peer in lab.peers:
        marks = {}
        for child in peer.children():
            color, inbound, marks[color] = child["name"], int(child["mark-in"], 16), int(child["mark-out"], 16)
            require((inbound == marks[color]) == (word == "%unique"), f"{word} on {peer.host.name}: {child}")
            peer.host.must("iptables-legacy", "-t", "mangle", "-A", "PREROUTING", "-p", "esp", "-m", "esp",
                           "--espspi", str(int(child["spi-in"], 16)), "-j", "MARK", "--set-mark", inbound)
        require(marks["red"] != marks["blue"], f"{peer.host.name}: {word} is {marks}")
        rules(peer, "-A", marks)
    both_ways(lab)
    for peer in lab.peers:
        peer.host.must("iptables-legacy", "-t", "mangle", "-F")
    down(lab)


@scenario("unique-marks", EITHER_WAY, limit=120)
def unique_marks(lab):
    prepare(lab)
    for word in ("%unique", "%unique-dir"):
        unique(lab, word)
