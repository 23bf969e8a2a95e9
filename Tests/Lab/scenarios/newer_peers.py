"""The same again with the newer charon 6.0.1, pluto 5.2 and OpenIKED 7.4: several checks in each scenario, because what
works with their elders seldom breaks, and a daemon in a tree of its own takes a while to start."""

from scenarios.every_peer import (BAD_LINK, FRAGMENT, PATIENT, QUICK, SMALL_MTU, TRANSPORT, bring_up, collide,
                                  nat_options, networks6, same_states, settled, spis, translated)
from scenarios.other_peers import IKED_ESP, IKED_LOSS, PLUTO_LOSS
from swandlab import kernel, topology, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import scenario

NEEDS = {"charon6": {}, "pluto5": {}, "iked74": {"esp": IKED_ESP}}
LOSS = {"charon6": 0, "pluto5": PLUTO_LOSS, "iked74": IKED_LOSS}


def with_newer(name, peers=("charon6", "pluto5", "iked74"), **options):
    """Registers the function below once for each implementation; it gets the options that this one needs.

    iked 7.4 does what 7.2 does, so it plays only when it is asked for (`-k iked74`), but for its own rekeyings.
    """
    def register(function):
        for peer in peers:
            scenario(f"{peer}-{name}", (f"swand-{peer}", f"{peer}-swand"), usual=peer != "iked74", **options)(
                lambda lab, needs=NEEDS[peer]: function(lab, **needs))
        return function
    return register


def ours(lab):
    return next(peer for peer in lab.peers if peer.name.startswith("swand"))


def theirs(lab):
    return next(peer for peer in lab.peers if peer is not ours(lab))


def rekey_both(lab, peer, deadline=30):
    """`peer` rekeys the child and then the IKE_SA; ours tells when it is done."""
    side = ours(lab)
    child = side.children("net")[0]["spi-in"]
    peer.rekey(child="net")
    wait_until(lambda: [c for c in side.children("net") if c["spi-in"] != child],
               f"{peer.name} rekeys the child", deadline)
    ike = side.established()[0]["uniqueid"]
    peer.rekey(ike="gw")
    wait_until(lambda: [sa for sa in side.established() if sa["uniqueid"] != ike],
               f"{peer.name} rekeys the IKE_SA", deadline)
    for each in lab.peers:
        each.wait_one_pair(deadline)


@with_newer("rekeyings", peers=("charon6", "pluto5"), limit=120)
def rekeyings(lab, **needs):
    """Rekeyings of both kinds by each side, and both sides' at once."""
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"}, **needs)
    bring_up(lab)
    stream = lab.alice.start_ping(tunnel.SUN.inner_host, 0.05)
    for peer in lab.peers:
        rekey_both(lab, peer)
    sent, lost = stream.stop()
    most = LOSS[theirs(lab).name]
    require(lost <= most, f"{lost} of {sent} pings were lost")
    side = ours(lab)
    before = side.children("net")[0]["spi-in"]
    stream = collide(lab, child="net")
    wait_until(lambda: [c for c in side.children("net") if c["spi-in"] != before], "the child is rekeyed")
    settled(lab, stream)
    if theirs(lab).name == "pluto5":
        # As its elder: it drops the CHILD_SA with the redundant IKE_SA.
        return
    before = side.established()[0]["uniqueid"]
    stream = collide(lab, ike="gw")
    wait_until(lambda: before not in [sa["uniqueid"] for sa in side.established()], "the IKE_SA is rekeyed")
    settled(lab, stream)


@with_newer("returns", limit=240)
def returns(lab, **needs):
    """Each side restarts and crashes; in the end the link is cut and our side notices."""
    lab.site_to_site(settings=QUICK, connection={"unique": "replace", "dpd_delay": "2s"},
                     child={"dpd_action": "clear"}, **needs)
    bring_up(lab)
    side = ours(lab)
    for peer in lab.peers:
        for end in (peer.stop, peer.kill):
            end()
            peer.start()
            peer.load()
            peer.initiate("net")
            for each in lab.peers:
                each.wait_up("net")
            # The other implementation may wait for its own liveness check before it forgets what we have lost.
            wait_until(lambda: spis(side) and spis(side) <= spis(theirs(lab)),
                       "our kernel holds no SA that the other lacks")
            lab.ping_through(1)
            wait_until(lambda: len(side.established()) == 1, "one IKE_SA is left")
    before = side.established()[0]["uniqueid"]
    informational = "37"
    wait_until(lambda: sum(packet["isakmp.exchangetype"] == informational for packet in lab.dissect()) >= 6,
               "liveness checks and their answers", pause=1)
    require([sa["uniqueid"] for sa in side.established()] == [before], "the IKE_SA was replaced")
    lab.network.cut("moon")
    side.wait_down()
    require(not kernel.states(side.host), "SAs of the dead peer are left in the kernel")


@with_newer("nat-initiator", nat=True)
def nat_initiator(lab, **needs):
    translated(lab, True, False, **needs)


@with_newer("nat-responder", nat_sun=True)
def nat_responder(lab, **needs):
    """A translator before the responder, and certificates that need fragments over a small MTU.

    iked sends one certificate and no chain.
    """
    auth = "rsa" if theirs(lab).name == "iked74" else "chain"
    translated(lab, False, True, lambda: lab.network.limit_packets(SMALL_MTU), auth=auth,
               settings={"fragment_size": FRAGMENT}, **needs)
    pieces = lab.summary("(ip.flags.mf == 1 || ip.frag_offset > 0) && udp || ip.frag_offset > 0")
    require(not pieces, f"IP fragments crossed the wire: {pieces}")


@with_newer("nat-both", nat=True, nat_sun=True, limit=180)
def nat_both(lab, **needs):
    """Translators on both sides, and rekeyings over a link that loses, delays and reorders."""
    lab.site_to_site(settings=PATIENT, moon=nat_options(topology.MOON_BEHIND_NAT, topology.SUN),
                     sun=nat_options(topology.SUN_BEHIND_NAT, "%any"), **needs)
    lab.network.impair(BAD_LINK)
    bring_up(lab)
    for peer in [ours(lab)] if theirs(lab).name == "iked74" else lab.peers:
        rekey_both(lab, peer, 60)
    lab.network.repair()
    wait_until(lambda: same_states(lab), "both kernels hold the same SAs")
    lab.ping_through()


@with_newer("addresses", peers=("charon6", "pluto5"))
def addresses(lab, **needs):
    """One IKE_SA in IPv6, and in it tunnels for IPv4 and IPv6, and the gateways' own traffic in transport mode.

    pluto looks for a connection with the selectors only after it has looked at the protocol of the first one: with it,
    one IKE_SA is for ESP or for AH.
    """
    second = {} if theirs(lab).name == "pluto5" else {"ah_proposals": "sha256-x25519"}

    def children(side):
        return {"net": {"local_ts": side.net, "remote_ts": side.other.net},
                "net6": networks6(side) | second, "own": TRANSPORT}
    lab.site_to_site(v6=True, moon={"children": children(tunnel.MOON)}, sun={"children": children(tunnel.SUN)}, **needs)
    for child in ("net", "net6", "own"):
        lab.moon.initiate(child)
        ours(lab).wait_up(child)
    check_addresses(lab)
    for peer in lab.peers:
        found = {(state.protocol, state.mode) for state in kernel.states(peer.host)}
        wanted = {("esp", "tunnel"), ("ah" if second else "esp", "tunnel"), ("esp", "transport")}
        require(found == wanted, f"{peer.host.name}: the kernel's SAs are {found}")
    side = ours(lab)
    for child in ("net6", "own"):
        spi = side.children(child)[0]["spi-in"]
        side.rekey(child=child)
        wait_until(lambda: [c for c in side.children(child) if c["spi-in"] != spi], f"{child} is rekeyed")
    check_addresses(lab)


def check_addresses(lab):
    lab.ping_through(1)
    lab.alice.ping(tunnel.SUN.inner_host6, 2)
    lab.moon.host.ping(topology.SUN6, 2)


@with_newer("ah", peers=("charon6", "pluto5"))
def ah(lab, **needs):
    """IPv6 in IPv4, and certificates for once."""
    lab.site_to_site(auth="ecdsa256", ah="sha256-x25519", moon={"child": networks6(tunnel.MOON)},
                     sun={"child": networks6(tunnel.SUN)}, **needs)
    bring_up(lab)
    lab.alice.ping(tunnel.SUN.inner_host6, 2)
    for peer in lab.peers:
        protocols = {state.protocol for state in kernel.states(peer.host)}
        require(protocols == {"ah"}, f"{peer.host.name}: the kernel's SAs are {protocols}")


@with_newer("ipv6", peers=("iked74",))
def ipv6(lab, **needs):
    lab.site_to_site(v6=True, moon={"child": networks6(tunnel.MOON)}, sun={"child": networks6(tunnel.SUN)}, **needs)
    bring_up(lab)
    lab.alice.ping(tunnel.SUN.inner_host6, 2)
    lab.check_wire()


@with_newer("transport", peers=("iked74",), lans=False)
def transport(lab, **needs):
    lab.site_to_site(auth="ecdsa256", child=TRANSPORT, **needs)
    bring_up(lab)
    lab.moon.host.ping(tunnel.SUN.address, 3)
