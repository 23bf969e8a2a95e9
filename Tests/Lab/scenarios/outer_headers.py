"""What of a packet's IP header is copied to the outer header, and what a replay window does: looked up on the wire."""

import re

from swandlab import tunnel
from swandlab.failure import require
from swandlab.scenario import EITHER_WAY, scenario

EXPEDITED, CAPABLE = 0xb8, 0x02        # DSCP EF, and ECT(0)


def outer(lab, *options):
    """TOS and DF of the ESP packets of a ping there and back, by the gateway that sent them."""
    before = len(lab.network.capture.packets())
    lab.alice.must("ping", "-n", "-c", "1", "-W", "5", *options, tunnel.SUN.inner_host)
    found = {}
    for _, frame in lab.network.capture.packets()[before:]:
        if frame[12:14] == b"\x08\x00" and frame[23] == 50:
            name = "moon" if frame[26:30] == bytes(map(int, tunnel.MOON.address.split("."))) else "sun"
            found[name] = (frame[15], bool(frame[20] & 0x40))
    return found


CASES = (
    # keys of the child, TOS octet of the ping, whether it has DF; TOS octet and DF of the ESP packets
    ({}, EXPEDITED | CAPABLE, True, EXPEDITED | CAPABLE, True),
    ({}, 0, False, 0, False),
    ({"copy_dscp": "no"}, EXPEDITED | CAPABLE, True, CAPABLE, True),
    ({"copy_dscp": "in"}, EXPEDITED, True, 0, True),
    ({"copy_dscp": "yes", "copy_ecn": "no"}, EXPEDITED | CAPABLE, True, EXPEDITED, True),
    ({"copy_df": "no"}, EXPEDITED, True, EXPEDITED, False),
)


@scenario("outer-headers", EITHER_WAY)
def outer_headers(lab):
    """`copy_dscp`, `copy_ecn` and `copy_df`: whatever both sides are told, both do."""
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"})
    for keys, tos, fragile, outer_tos, outer_df in CASES:
        lab.replace(child=keys)
        lab.moon.initiate("net")
        lab.sun.wait_up("net")
        found = outer(lab, "-Q", str(tos), "-M", "do" if fragile else "dont")
        # An echo reply has the TOS octet of its request; its DF bit is bob's own affair.
        require(found["moon"] == (outer_tos, outer_df), f"{keys}: TOS and DF of moon's ESP packet are {found['moon']}")
        require(found["sun"][0] == outer_tos, f"{keys}: TOS of sun's ESP packet is {found['sun'][0]:#x}")
        lab.moon.terminate(ike="gw")
        lab.sun.wait_down()


def replayed(host):
    """Packets that the SAs of a host have refused as replays."""
    return sum(int(count) for count in re.findall(r"replay (\d+) failed", host.must("ip", "-s", "xfrm", "state")))


@scenario("replay-window", EITHER_WAY)
def replay_window(lab):
    """Every packet arrives twice: a window lets one of them in, and no window lets in both."""
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"})
    for window, refused in (("32", True), ("128", True), ("0", False)):
        lab.replace(child={"replay_window": window})
        lab.moon.initiate("net")
        lab.sun.wait_up("net")
        lab.network.impair("duplicate 100%")
        result = lab.alice.must("ping", "-n", "-c", "3", "-i", "0.2", "-W", "5", tunnel.SUN.inner_host)
        lab.network.repair()
        require(("DUP!" in result) == (not refused), f"window {window}: {result}")
        for peer in lab.peers:
            found = replayed(peer.host)
            require((found >= 3) == refused, f"{peer.host.name}: {found} replays with a window of {window}")
        lab.moon.terminate(ike="gw")
        lab.sun.wait_down()
