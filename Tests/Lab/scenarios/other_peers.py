"""The same tunnels with implementations that are no relatives of strongSwan: pluto (libreswan) and iked (OpenIKED)."""

from swandlab import tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import scenario

PLUTO = ("swand-pluto", "pluto-swand")
PLUTO5 = ("swand-pluto5", "pluto5-swand")
IKED = ("swand-iked", "iked-swand")
IKED74 = ("swand-iked74", "iked74-swand")
# What OpenIKED 7.2 offers on Linux.
IKED_ESP = "aes128-sha512-x25519"
# iked installs the new SA only after its answer has left: a packet that is as quick as the answer finds none.
IKED_LOSS = 2
# pluto sends with the new SA before its answer has left: the one who asked cannot know the keys yet.
PLUTO_LOSS = 2


def net2net(auth="psk", **options):
    def run(lab):
        lab.site_to_site(auth=auth, **options)
        lab.moon.initiate("net")
        for peer in lab.peers:
            peer.wait_up("net")
        lab.ping_through()
        lab.check_wire()
        # pluto 5.2 brings up again what it has initiated and its peer closes.
        (lab.moon if lab.moon.name == "pluto5" else vici_side(lab)).terminate("gw")
        for peer in lab.peers:
            peer.wait_down()
    return run


def rekeyed(loss=0, settings=None, **options):
    """The side that speaks VICI rekeys the child and the IKE_SA; no more than `loss` pings are lost."""
    def run(lab):
        lab.site_to_site(settings={"delete_rekeyed_delay": "1"} | (settings or {}), **options)
        lab.moon.initiate("net")
        side = vici_side(lab)
        child = side.wait_up("net")[0]["spi-in"]
        ike = side.established()[0]["initiator-spi"]
        stream = lab.alice.start_ping(tunnel.SUN.inner_host)
        side.rekey(child="net")
        wait_until(lambda: any(c["spi-in"] != child for c in side.children("net")), "the child is rekeyed")
        side.rekey(ike="gw")
        wait_until(lambda: any(sa["initiator-spi"] != ike for sa in side.established()), "the IKE_SA is rekeyed")
        wait_until(lambda: len(side.sas()) == 1 and len(side.children("net")) == 1, "one IKE_SA and one child are left")
        sent, lost = stream.stop()
        require(lost <= loss, f"{lost} of {sent} pings were lost")
        lab.ping_through(1)
    return run


def vici_side(lab):
    return next(peer for peer in lab.peers if hasattr(peer, "control"))


scenario("pluto-psk", PLUTO)(net2net())
scenario("pluto-cert-rsa", PLUTO)(net2net("rsa"))
scenario("pluto-cert-ecdsa256", PLUTO)(net2net("ecdsa256"))
# pluto takes no other RSA signatures than PSS here.
_PSS = {"auth": "ike:rsa/pss-sha512-sha384-sha256"}
scenario("pluto-cert-pss", PLUTO + PLUTO5)(net2net("pss", local=_PSS, remote=_PSS))
scenario("pluto-cert-ecdsa384", PLUTO)(net2net("ecdsa384"))
scenario("pluto-cert-ecdsa521", PLUTO5)(net2net("ecdsa521"))
scenario("pluto-rekey", PLUTO)(rekeyed(PLUTO_LOSS))
scenario("iked-psk", IKED)(net2net(esp=IKED_ESP))
scenario("iked-cert-ecdsa256", IKED)(net2net("ecdsa256", esp=IKED_ESP))
# As initiator it does not answer the DELETE of an IKE_SA that its peer has rekeyed.
scenario("iked-rekey", IKED)(rekeyed(
    IKED_LOSS, {"retransmit_timeout": "1.0", "retransmit_base": "1.0", "retransmit_tries": "2"}, esp=IKED_ESP))


@scenario("iked-rekeys", IKED + IKED74)
def iked_rekeys(lab):
    """iked starts both rekeyings, as its lifetimes say."""
    short = {"connection": {"rekey_time": "14s"}, "child": {"rekey_time": "8s"}}
    iked_is_moon = lab.moon.name.startswith("iked")
    lab.site_to_site(esp=IKED_ESP, **{"moon" if iked_is_moon else "sun": short})
    lab.moon.initiate("net")
    side = vici_side(lab)
    child = side.wait_up("net")[0]["spi-in"]
    ike = side.established()[0]["initiator-spi"]
    wait_until(lambda: any(c["spi-in"] != child for c in side.children("net")), "iked rekeys the child", 40)
    lab.ping_through(1)
    wait_until(lambda: any(sa["initiator-spi"] != ike for sa in side.established()), "iked rekeys the IKE_SA", 40)
    lab.ping_through(1)


@scenario("pluto-rekeys", PLUTO)
def pluto_rekeys(lab):
    """pluto starts the rekeying."""
    lab.site_to_site()
    lab.moon.initiate("net")
    side = vici_side(lab)
    child = side.wait_up("net")[0]["spi-in"]
    stream = lab.alice.start_ping(tunnel.SUN.inner_host)
    other = next(peer for peer in lab.peers if peer is not side)
    other.rekey(child="net")
    wait_until(lambda: any(c["spi-in"] != child for c in side.children("net")), "pluto rekeys the child")
    ike = side.established()[0]["initiator-spi"]
    other.rekey(ike="net")
    wait_until(lambda: any(sa["initiator-spi"] != ike for sa in side.established()), "pluto rekeys the IKE_SA")
    sent, lost = stream.stop()
    require(lost == 0, f"{lost} of {sent} pings were lost")
    lab.ping_through(1)
