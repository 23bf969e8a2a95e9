"""What a CHILD_SA can be besides ESP in tunnel mode: each kind comes up, carries a ping, and some are rekeyed."""

import re
from collections import Counter
from dataclasses import dataclass, field

from swandlab import kernel, tunnel
from swandlab.failure import Failure, require, wait_until
from swandlab.scenario import EITHER_WAY, scenario

HOSTS = {"local_ts": "dynamic", "remote_ts": "dynamic"}


@dataclass
class Case:
    """Keys of the child on both sides, or on one; and what the kernel must show on both."""
    child: dict = field(default_factory=dict)
    moon: dict = field(default_factory=dict)
    sun: dict = field(default_factory=dict)
    protocol: str = "esp"
    mode: str = "tunnel"
    check: object = None
    v6: bool = False
    rekey: bool = False                     # whether both sides rekey it, too
    reach: bool = True                      # whether pings between the networks meet the policies

    @property
    def between_gateways(self):
        return self.child.get("local_ts") == "dynamic"


def run(lab, cases, settings=None, prepare=None):
    """Every case in turn; the names of those that failed, with the reason, at the end."""
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"} | (settings or {}))
    if prepare:
        prepare(lab)
    failures = []
    for name, case in cases.items():
        try:
            try_case(lab, case)
        except Failure as failure:
            failures.append(f"{name}: {failure}")
        clean_up(lab)
    require(not failures, " || ".join(failures))


def try_case(lab, case):
    lab.replace(v6=case.v6, moon={"child": case.child | case.moon}, sun={"child": case.child | case.sun})
    lab.moon.initiate("net")
    ping(lab, case)
    for peer in lab.peers:
        found = {(state.protocol, state.mode) for state in kernel.states(peer.host)}
        require((case.protocol, case.mode) in found, f"{peer.host.name}: the kernel's SAs are {found}")
    if case.check:
        case.check(lab)
    for peer in lab.peers if case.rekey else ():
        before = {child["spi-in"] for child in peer.children("net")}
        peer.rekey(child="net")
        wait_until(lambda: {child["spi-in"] for child in peer.children("net")} - before,
                   f"{peer.host.name} rekeys the child")
        ping(lab, case)


def ping(lab, case):
    if not case.reach:
        return
    if case.between_gateways:
        lab.moon.host.ping(tunnel.SUN.address6 if case.v6 else tunnel.SUN.address, 1)
    elif case.mode == "beet":
        lab.moon.host.ping("10.2.0.1", 1, source="10.1.0.1")
    elif case.moon.get("local_ts") == tunnel.MOON.net6:
        lab.alice.ping(tunnel.SUN.inner_host6, 1)
    else:
        lab.ping_through(1)


def clean_up(lab):
    if lab.moon.alive() and lab.moon.sas():
        lab.moon.terminate(ike="gw")
    for peer in lab.peers:
        peer.wait_down()
        # What charon reserved for IPComp and did not need stays for a while, without algorithms.
        wait_until(lambda: not [state for state in kernel.states(peer.host) if state.algorithms],
                   f"{peer.host.name}: no SA left in the kernel")


def window(size, *flags):
    def check(lab):
        for peer in lab.peers:
            states = kernel.states(peer.host)
            require(any(state.replay_window == size for state in states),
                    f"{peer.host.name}: replay windows are {[state.replay_window for state in states]}")
            require(all(set(flags) <= state.flags for state in states),
                    f"{peer.host.name}: flags are {[sorted(state.flags) for state in states]}")
    return check


AUTHENTICATION = {
    "ah-tunnel": Case({"ah_proposals": "sha256-x25519"}, protocol="ah", rekey=True),
    "ah-sha512": Case({"ah_proposals": "sha512"}, protocol="ah"),
    "ah-esn": Case({"ah_proposals": "sha384-esn"}, protocol="ah", check=window(32, "esn")),
    "ah-transport": Case(HOSTS | {"ah_proposals": "sha256", "mode": "transport"}, protocol="ah", mode="transport",
                         rekey=True),
    "ah-transport-ipv6": Case(HOSTS | {"ah_proposals": "sha256", "mode": "transport"}, protocol="ah", mode="transport",
                              v6=True),
    "esn": Case({"esp_proposals": "aes128gcm16-x25519-esn"}, check=window(32, "esn")),
    "esn-window": Case({"esp_proposals": "aes128-sha256-esn", "replay_window": "128"}, check=window(128, "esn"),
                       rekey=True),
    "window": Case({"replay_window": "256"}, check=window(256)),
    "no-window": Case({"replay_window": "0"}, check=window(0)),
}


@scenario("ah-esn", EITHER_WAY)
def ah_esn(lab):
    run(lab, AUTHENTICATION)


def compressed(lab):
    """A large ping of equal octets shrinks on the wire; both sides know the CPIs."""
    for peer in lab.peers:
        protocols = {state.protocol for state in kernel.states(peer.host)}
        require("comp" in protocols, f"{peer.host.name}: no IPComp in the kernel, only {protocols}")
        child = peer.children("net")[0]
        require("cpi-in" in child and "cpi-out" in child, f"{peer.host.name} lists no CPI: {child}")
    lab.alice.ping(tunnel.SUN.inner_host, 1, size=1200)
    largest = max(len(frame) for _, frame in lab.network.capture.packets()[-4:])
    require(largest < 600, f"1200 octets were not compressed: the largest frame has {largest}")


def uncompressed(lab):
    for peer in lab.peers:
        require("cpi-in" not in peer.children("net")[0], f"{peer.host.name} compresses")


def address_of_swand(lab):
    """The octets in an IPv4 header."""
    side = tunnel.MOON if lab.role("swand").host.name == "moon" else tunnel.SUN
    return bytes(map(int, side.address.split(".")))


def padded(lab):
    """Pings of any size leave in frames of one size."""
    before = len(lab.network.capture.packets())
    for size in (16, 100, 300):
        lab.alice.ping(tunnel.SUN.inner_host, 1, size=size)
    own = address_of_swand(lab)
    sizes = {len(frame) for _, frame in lab.network.capture.packets()[before:]
             if frame[12:14] == b"\x08\x00" and frame[23] == 50 and frame[26:30] == own}
    require(len(sizes) == 1 and min(sizes) > 800, f"frames of swand have the sizes {sizes}")


BEET = {"mode": "beet"}
SHAPES = {
    "ipcomp": Case({"ipcomp": "yes"}, mode="transport", check=compressed, rekey=True),
    "ipcomp-only-moon": Case(moon={"ipcomp": "yes"}, check=uncompressed, rekey=True),
    "ipcomp-only-sun": Case(sun={"ipcomp": "yes"}, check=uncompressed),
    "ipcomp-ipv6-in-ipv4": Case({"ipcomp": "yes"}, moon={"local_ts": tunnel.MOON.net6, "remote_ts": tunnel.SUN.net6},
                                sun={"local_ts": tunnel.SUN.net6, "remote_ts": tunnel.MOON.net6}, check=uncompressed),
    "ipcomp-transport": Case(HOSTS | {"ipcomp": "yes", "mode": "transport"}, mode="transport"),
    "ipcomp-ah": Case({"ipcomp": "yes", "ah_proposals": "sha256"}, protocol="ah", mode="transport"),
    "beet": Case(BEET, moon={"local_ts": "10.1.0.1/32", "remote_ts": "10.2.0.1/32"},
                 sun={"local_ts": "10.2.0.1/32", "remote_ts": "10.1.0.1/32"}, mode="beet", rekey=True),
    "beet-networks": Case(BEET, mode="tunnel"),
    "tfc": Case({"tfc_padding": "900"}, check=padded),
}


@scenario("ipcomp-beet-tfc", EITHER_WAY)
def ipcomp_beet_tfc(lab):
    # Without its peer's vendor ID charon ignores the notify for BEET mode.
    run(lab, SHAPES, {"send_vendor_id": "yes"})


def details(host):
    """What stands in the kernel besides SPIs, keys, counters and lifetimes, counted; the direction left out."""
    text = host.must("ip", "xfrm", "state") + host.must("ip", "xfrm", "policy")
    words = re.findall(r"(?:output-)?mark 0x\w+/0x\w+|if_id 0x\w+|flag .*|extra_flag .*|proto \w+ (?:[sd]port \d+ ?)+"
                       r"|proto \w+ type \d+.*|replay-window \d+|priority \d+", text)
    return Counter(re.sub(r"\b[sd]port", "port", " ".join(word.split())) for word in words)


def alike(*words):
    """Both kernels show the same, and `words` among it."""
    def check(lab):
        moon, sun = details(lab.moon.host), details(lab.sun.host)
        require(moon == sun, f"only on moon: {dict(moon - sun)}, only on sun: {dict(sun - moon)}")
        for word in words:
            require(any(word in line for line in moon), f"the kernels do not show {word}: {dict(moon)}")
    return check


def selectors(lab):
    """Both sides list the same selectors."""
    moon, sun = lab.moon.children("net")[0], lab.sun.children("net")[0]
    require([sorted(moon[key]) for key in ("local-ts", "remote-ts")]
            == [sorted(sun[key]) for key in ("remote-ts", "local-ts")],
            f"{moon['local-ts']} === {moon['remote-ts']} is not {sun['remote-ts']} === {sun['local-ts']}")
    alike()(lab)


def protocol(restriction, **options):
    """Both networks restricted alike."""
    def side(one):
        return {"local_ts": f"{one.net}[{restriction}]", "remote_ts": f"{one.other.net}[{restriction}]"}
    return Case(moon=side(tunnel.MOON), sun=side(tunnel.SUN), check=selectors, **options)


SELECTORS = {
    "icmp": protocol("icmp"),
    "icmp-type": protocol("icmp/8", reach=False),
    "icmp-type-and-code": protocol("icmp/772", reach=False),
    "tcp": protocol("tcp/http", reach=False),
    "port-range": protocol("udp/1024-2047", reach=False),
    "odd-port-range": protocol("udp/1000-3000", reach=False),
    "opaque": protocol("udp/opaque", reach=False),
    "number": protocol("47", reach=False),
    "several": Case(moon={"local_ts": "10.1.0.10/32[icmp],10.1.0.0/24[tcp/22]", "remote_ts": tunnel.SUN.net},
                    sun={"local_ts": tunnel.SUN.net, "remote_ts": "10.1.0.10/32[icmp],10.1.0.0/24[tcp/22]"},
                    check=selectors),
    "address-range": Case(moon={"local_ts": "10.1.0.5-10.1.0.20", "remote_ts": tunnel.SUN.net},
                          sun={"local_ts": tunnel.SUN.net, "remote_ts": "10.1.0.5-10.1.0.20"}, check=selectors),
}

MARKED = {"reach": False}
MARKS = {
    "mark": Case({"mark_in": "42", "mark_out": "42"}, check=alike("mark 0x2a/0xffffffff"), **MARKED),
    "mark-mask": Case({"mark_in": "0x10/0xf0", "mark_out": "0x20/0xf0", "mark_in_sa": "yes"},
                      check=alike("mark 0x10/0xf0", "mark 0x20/0xf0"), **MARKED),
    "mark-unique": Case({"mark_in": "%unique", "mark_out": "%unique"}, rekey=True, **MARKED),
    "set-mark": Case({"set_mark_in": "7/0xff", "set_mark_out": "9"}, check=alike("output-mark 0x7/0xff")),
    "if-id": Case({"if_id_in": "23", "if_id_out": "24"}, check=alike("if_id 0x17", "if_id 0x18"), **MARKED),
    "if-id-unique": Case({"if_id_in": "%unique-dir", "if_id_out": "%unique-dir"}, **MARKED),
    "no-copies": Case({"copy_df": "no", "copy_ecn": "no", "copy_dscp": "no"}, check=alike("noecn", "nopmtudisc")),
    "copy-dscp-in": Case({"copy_dscp": "yes"}, check=alike("decap-dscp")),
    "priority": Case({"priority": "4711"}, check=alike("priority 4711")),
    "policies-fwd-out": Case({"policies_fwd_out": "yes"}, check=alike()),
}


@scenario("hw-offload", EITHER_WAY)
def hardware_offload(lab):
    """No device here offloads: `auto` does without, everything else is refused by both, and swand names the device."""
    lab.site_to_site()
    for word in ("auto", "yes", "crypto", "packet"):
        own = {"child": {"hw_offload": word}}
        lab.replace(moon=own if lab.moon.name == "swand" else None, sun=own if lab.sun.name == "swand" else None)
        reason = lab.moon.try_initiate("net")
        require((reason is None) == (word == "auto"), f"hw_offload={word}: {reason or 'it came up'}")
        if word == "auto":
            lab.ping_through(1)
            require("offload" not in lab.role("swand").log(), "auto is not quiet about doing without")
        else:
            lab.role("swand").wait_log("network device eth0")
            wait_until(lambda: not [state for peer in lab.peers for state in kernel.states(peer.host)
                                    if state.algorithms], f"hw_offload={word} leaves no SA")
        if lab.moon.sas():
            lab.moon.terminate(ike="gw")
        for peer in lab.peers:
            peer.wait_down()


@scenario("selectors", EITHER_WAY)
def selector_kinds(lab):
    run(lab, SELECTORS, prepare=add_routes)


def add_routes(lab):
    """Where no address of a gateway lies inside the selectors, the daemons add no route for them."""
    lab.moon.host.must("ip", "route", "add", tunnel.SUN.net, "via", tunnel.SUN.address)
    lab.sun.host.must("ip", "route", "add", tunnel.MOON.net, "via", tunnel.MOON.address)


@scenario("marks", EITHER_WAY)
def marks(lab):
    run(lab, MARKS)
    check_dscp(lab)


def check_dscp(lab):
    """IKE packets carry the code point of `dscp`."""
    before = len(lab.network.capture.packets())
    lab.replace(connection={"dscp": "101110"})
    lab.moon.initiate("net")
    own = address_of_swand(lab)
    fields = {frame[15] for _, frame in lab.network.capture.packets()[before:]
              if frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[26:30] == own}
    require(fields == {0b10111000}, f"the TOS fields of IKE packets are {fields}")
