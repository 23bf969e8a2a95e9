"""The initiator sits behind a router that masquerades it: ESP in UDP on port 4500, and keepalives."""

from swandlab import kernel, topology, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import ALL_WAYS, EITHER_WAY, scenario

KEEPALIVE = b"\xff"


def behind_nat(lab, **options):
    lab.site_to_site(moon={"connection": {"local_addrs": topology.MOON_BEHIND_NAT}},
                     sun={"connection": {"remote_addrs": "%any"}}, **options)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")


@scenario("nat", ALL_WAYS, nat=True)
def nat(lab):
    behind_nat(lab, settings={"keep_alive": "1s"})
    lab.ping_through()
    for peer in lab.peers:
        states = kernel.states(peer.host)
        require(states and all(state.encapsulation for state in states),
                f"{peer.host.name}: not all SAs are encapsulated in UDP")
    wait_until(lambda: KEEPALIVE in lab.udp_payloads(4500), "the initiator sends a NAT keepalive")
    require(not any("esp" in packet["frame.protocols"].split(":") and "udp" not in packet["frame.protocols"]
                    for packet in lab.check_wire()), "a bare ESP packet crossed the NAT")


@scenario("nat-rekey", EITHER_WAY, nat=True)
def nat_rekey(lab):
    """The responder rekeys towards the translated address."""
    behind_nat(lab, settings={"delete_rekeyed_delay": "1"})
    stream = lab.alice.start_ping(tunnel.SUN.inner_host, 0.02)
    before = lab.sun.children("net")[0]["uniqueid"]
    lab.sun.rekey(child="net")
    wait_until(lambda: [c["uniqueid"] for c in lab.sun.children("net")] not in ([], [before]), "the child is rekeyed")
    before = lab.sun.established()[0]["uniqueid"]
    lab.sun.rekey(ike="gw")
    wait_until(lambda: [sa["uniqueid"] for sa in lab.sun.established()] not in ([], [before]), "the IKE_SA is rekeyed")
    sent, lost = stream.stop()
    require(lost == 0, f"{lost} of {sent} pings were lost")
