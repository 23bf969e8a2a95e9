"""What must work with each implementation alike: address families, modes, translators, silence, crashes, bad links and
rekeyings of both sides at once. Where an implementation lacks something, it is left out below."""

from scenarios.other_peers import IKED, IKED_ESP, PLUTO, PLUTO_LOSS, vici_side
from swandlab import kernel, topology, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import EITHER_WAY, scenario

PEERS = {"charon": (EITHER_WAY, {}), "pluto": (PLUTO, {}), "iked": (IKED, {"esp": IKED_ESP})}
# A link that loses a fifth takes patience: ten transmissions in some twenty seconds.
PATIENT = {"retransmit_timeout": "0.5", "retransmit_base": "1.3", "retransmit_tries": "9", "delete_rekeyed_delay": "1"}
# An IKE_SA that the peer has forgotten is given up after five seconds.
QUICK = {"retransmit_timeout": "1.0", "retransmit_base": "1.0", "retransmit_tries": "4"}
IMPATIENT = {"retransmit_timeout": "0.5", "retransmit_base": "1.0", "retransmit_tries": "3"}
BAD_LINK = "delay 20ms 10ms 25% loss 20% reorder 25% 50%"
TRANSPORT = {"mode": "transport", "local_ts": "dynamic", "remote_ts": "dynamic"}
# Most of what IKE carries here does not fit this; the headers of IPv4 and UDP take 28 more.
SMALL_MTU, FRAGMENT = 600, "560"


def with_each(name, peers=("charon", "pluto", "iked"), **options):
    """Registers the function below once for each implementation; it gets the options that this one needs."""
    def register(function):
        for peer in peers:
            pairs, needs = PEERS[peer]
            scenario(f"{peer}-{name}", pairs, **options)(lambda lab, needs=needs: function(lab, **needs))
        return function
    return register


def bring_up(lab):
    lab.moon.initiate("net")
    for peer in lab.peers:
        peer.wait_up("net")


def other_side(lab):
    side = vici_side(lab)
    return next(peer for peer in lab.peers if peer is not side)


# Addresses and modes

@with_each("ipv6", peers=("pluto", "iked"))
def ipv6(lab, **needs):
    lab.site_to_site(v6=True, moon={"child": networks6(tunnel.MOON)}, sun={"child": networks6(tunnel.SUN)}, **needs)
    bring_up(lab)
    lab.alice.ping(tunnel.SUN.inner_host6, 2)
    lab.check_wire()


# iked speaks PF_KEY, and SAs that Linux gets that way let only packets of their own family out of a tunnel.
@with_each("ipv6-in-ipv4", peers=("pluto",))
def ipv6_in_ipv4(lab, **needs):
    lab.site_to_site(moon={"child": networks6(tunnel.MOON)}, sun={"child": networks6(tunnel.SUN)}, **needs)
    bring_up(lab)
    lab.alice.ping(tunnel.SUN.inner_host6, 2)


@with_each("ipv4-in-ipv6", peers=("pluto",))
def ipv4_in_ipv6(lab, **needs):
    lab.site_to_site(v6=True, **needs)
    bring_up(lab)
    lab.ping_through()


@with_each("transport", peers=("pluto", "iked"), lans=False)
def transport(lab, **needs):
    lab.site_to_site(child=TRANSPORT, **needs)
    bring_up(lab)
    lab.moon.host.ping(tunnel.SUN.address, 3)
    for peer in lab.peers:
        modes = {state.mode for state in kernel.states(peer.host)}
        require(modes == {"transport"}, f"{peer.host.name}: the kernel's SAs are in mode {modes}")
    lab.check_wire()


@with_each("ah", peers=("charon", "pluto"))
def ah(lab, **needs):
    lab.site_to_site(ah="sha256-x25519", **needs)
    bring_up(lab)
    lab.ping_through()
    for peer in lab.peers:
        protocols = {state.protocol for state in kernel.states(peer.host)}
        require(protocols == {"ah"}, f"{peer.host.name}: the kernel's SAs are {protocols}")
    side = vici_side(lab)
    before = side.children("net")[0]["spi-in"]
    side.rekey(child="net")
    wait_until(lambda: [c for c in side.children("net") if c["spi-in"] != before], "the child is rekeyed")
    lab.ping_through()


# Translators

def translated(lab, moon, sun, before=lambda: None, **needs):
    """`before` is what to do to the network before the tunnel is set up."""
    lab.site_to_site(moon=nat_options(topology.MOON_BEHIND_NAT if moon else None, topology.SUN),
                     sun=nat_options(topology.SUN_BEHIND_NAT if sun else None,
                                     "%any" if moon else topology.MOON), **needs)
    before()
    bring_up(lab)
    lab.ping_through()
    for peer in lab.peers:
        states = [state for state in kernel.states(peer.host) if state.algorithms]
        require(states and all(state.encapsulation for state in states),
                f"{peer.host.name}: not all SAs are encapsulated in UDP")
    side = vici_side(lab)
    before = side.children("net")[0]["spi-in"]
    side.rekey(child="net")
    wait_until(lambda: [c for c in side.children("net") if c["spi-in"] != before], "the child is rekeyed")
    lab.ping_through()


def nat_options(own, other):
    return {"connection": {"remote_addrs": other} | ({"local_addrs": own} if own else {})}


@with_each("nat-initiator", peers=("pluto", "iked"), nat=True)
def nat_initiator(lab, **needs):
    translated(lab, True, False, **needs)


@with_each("nat-responder", nat_sun=True)
def nat_responder(lab, **needs):
    translated(lab, False, True, **needs)


@with_each("nat-both", nat=True, nat_sun=True)
def nat_both(lab, **needs):
    translated(lab, True, True, **needs)


# Silence and crashes

@with_each("dpd", peers=("pluto", "iked"))
def dpd(lab, **needs):
    """Checks of both sides are answered; when the link is cut our side notices."""
    lab.site_to_site(settings=IMPATIENT, connection={"dpd_delay": "1s"}, child={"dpd_action": "clear"}, **needs)
    bring_up(lab)
    side = vici_side(lab)
    before = side.established()[0]["uniqueid"]
    informational = "37"
    wait_until(lambda: sum(packet["isakmp.exchangetype"] == informational for packet in lab.dissect()) >= 6,
               "liveness checks and their answers", pause=1)
    require([sa["uniqueid"] for sa in side.established()] == [before], "the IKE_SA was replaced")
    lab.network.cut("moon")
    side.wait_down()
    require(not kernel.states(side.host), "SAs of the dead peer are left in the kernel")


def comes_back(lab, end, **needs):
    """Each gateway in turn goes and comes back, and then brings the tunnel up again.

    Not every peer says INITIAL_CONTACT: ours is told to keep one IKE_SA only.
    """
    lab.site_to_site(settings=QUICK, connection={"unique": "replace"}, **needs)
    bring_up(lab)
    lab.ping_through(1)
    for peer in lab.peers:
        end(peer)
        peer.start()
        peer.load()
        peer.initiate("net")
        for each in lab.peers:
            each.wait_up("net")
        # The other implementation may wait for its own liveness check before it forgets what we have lost.
        wait_until(lambda: our_states_are_shared(lab), "our kernel holds no SA that the other lacks")
        lab.ping_through(1)
        wait_until(lambda: len(vici_side(lab).established()) == 1, "one IKE_SA is left")


@with_each("restart", peers=("pluto", "iked"), limit=150)
def restart(lab, **needs):
    comes_back(lab, lambda peer: peer.stop(), **needs)


@with_each("crash", peers=("pluto", "iked"), limit=150)
def crash(lab, **needs):
    comes_back(lab, lambda peer: peer.kill(), **needs)


# Bad links

def spis(peer):
    return {state.spi for state in kernel.states(peer.host) if state.algorithms}


def same_states(lab):
    """No SA that only one kernel has."""
    return spis(lab.moon) == spis(lab.sun) and spis(lab.moon)


def our_states_are_shared(lab):
    return spis(vici_side(lab)) and spis(vici_side(lab)) <= spis(other_side(lab))


@with_each("chain", peers=("charon", "pluto"))
def chain(lab, **needs):
    """Certificates of 5 KB over a small MTU: IKE's own fragments, never IP's."""
    lab.site_to_site(auth="chain", settings={"fragment_size": FRAGMENT}, **needs)
    lab.network.limit_packets(SMALL_MTU)
    bring_up(lab)
    lab.ping_through(1)
    pieces = lab.summary("(ip.flags.mf == 1 || ip.frag_offset > 0) && udp || ip.frag_offset > 0")
    require(not pieces, f"IP fragments crossed the wire: {pieces}")
    lab.check_wire()


@with_each("fragments", peers=("iked",))
def fragments(lab, **needs):
    """iked sends one certificate and no chain: enough for fragments all the same."""
    lab.site_to_site(auth="rsa", settings={"fragment_size": FRAGMENT}, **needs)
    lab.network.limit_packets(SMALL_MTU)
    bring_up(lab)
    lab.ping_through(1)
    lab.check_wire()


@with_each("loss", limit=180)
def loss(lab, **needs):
    """Everything happens once over a link that loses, delays and reorders."""
    lab.site_to_site(settings=PATIENT, **needs)
    lab.network.impair(BAD_LINK)
    bring_up(lab)
    side = vici_side(lab)
    child = side.children("net")[0]["spi-in"]
    side.rekey(child="net")
    wait_until(lambda: [c for c in side.children("net") if c["spi-in"] != child], "the child is rekeyed", 60)
    ike = side.established()[0]["uniqueid"]
    side.rekey(ike="gw")
    wait_until(lambda: [sa for sa in side.established() if sa["uniqueid"] != ike], "the IKE_SA is rekeyed", 60)
    for peer in lab.peers:
        peer.wait_one_pair(60)
    lab.network.repair()
    require(same_states(lab), "the kernels hold different SAs")
    lab.ping_through()


# Both at once

def collide(lab, **what):
    """Both sides ask for a rekeying, and each learns of the other's wish after it has uttered its own."""
    side, other = vici_side(lab), other_side(lab)
    stream = lab.alice.start_ping(tunnel.SUN.inner_host, 0.05)
    lab.network.impair("delay 300ms")
    other.rekey(**what)
    side.rekey(**what)
    return stream


def settled(lab, stream):
    """Not a ping is lost and redundant SAs go.

    pluto 4.10 does not see collisions: where its own new SA is the redundant one, it does not delete it.
    """
    is_pluto = other_side(lab).name.startswith("pluto")
    if not is_pluto:
        for peer in lab.peers:
            peer.wait_one_pair()
        wait_until(lambda: same_states(lab), "both kernels hold the same SAs")
    else:
        wait_until(lambda: len(vici_side(lab).children("net")) == 1, "one CHILD_SA is in use")
        wait_until(lambda: len(vici_side(lab).established()) == 1, "one IKE_SA is in use")
        wait_until(lambda: our_states_are_shared(lab), "our kernel holds no SA that the other lacks")
    # The queue stays: what is in it arrives in the second that the pings below take.
    lab.network.impair("delay 0ms")
    lab.ping_through(2)
    sent, lost = stream.stop()
    require(lost <= (PLUTO_LOSS if is_pluto else 0), f"{lost} of {sent} pings were lost")


@with_each("collision-child", peers=("charon", "pluto"))
def collision_child(lab, **needs):
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"}, **needs)
    bring_up(lab)
    side = vici_side(lab)
    before = side.children("net")[0]["spi-in"]
    stream = collide(lab, child="net")
    wait_until(lambda: [c for c in side.children("net") if c["spi-in"] != before], "the child is rekeyed")
    settled(lab, stream)


# pluto 4.10 gives the CHILD_SA to the IKE_SA that it answered last, and drops both when its peer deletes the redundant
# one, as whoever lost must: half of the collisions end without a tunnel.
@with_each("collision-ike", peers=("charon",))
def collision_ike(lab, **needs):
    lab.site_to_site(settings={"delete_rekeyed_delay": "1"}, **needs)
    bring_up(lab)
    side = vici_side(lab)
    before = side.established()[0]["uniqueid"]
    stream = collide(lab, ike="gw")
    wait_until(lambda: before not in [sa["uniqueid"] for sa in side.established()], "the IKE_SA is rekeyed")
    settled(lab, stream)


def networks6(side):
    return {"local_ts": side.net6, "remote_ts": side.other.net6}
