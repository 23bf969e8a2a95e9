"""Several key exchanges for one SA, and post-quantum pre-shared keys."""

from scenarios.other_peers import PLUTO, PLUTO5, vici_side
from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import ALL_WAYS, scenario

CHARON6 = ("swand-charon6", "charon6-swand")
IKE = "aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_modp3072"
ESP = "aes256gcm16-x25519-ke1_ecp256"


@scenario("multiple-key-exchanges", CHARON6 + ("swand-swand",))
def multiple_key_exchanges(lab):
    """Classic groups, which every libcrypto has."""
    every_exchange(lab, IKE, ESP)


@scenario("ml-kem", ("swand6-swand6",))
def ml_kem(lab):
    """With OpenSSL 3.5 on both sides; Debian's charon 6.0.1 is built without ML-KEM."""
    every_exchange(lab, "aes256gcm16-prfsha384-x25519-ke1_mlkem768", "aes256gcm16-x25519-ke1_mlkem1024")


def every_exchange(lab, ike, esp):
    """IKE_INTERMEDIATE at set-up, IKE_FOLLOWUP_KE at every rekeying, asked for by each side."""
    lab.site_to_site(ike=ike, esp=esp, settings={"delete_rekeyed_delay": "1"})
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through()
    for peer in lab.peers:
        child = peer.children("net")[0]["spi-in"]
        ike = peer.established()[0]["initiator-spi"]
        stream = lab.alice.start_ping(tunnel.SUN.inner_host)
        peer.rekey(child="net")
        wait_until(lambda: all(c["spi-in"] != child for c in peer.children("net")), "the child is rekeyed")
        peer.rekey(ike="gw")
        wait_until(lambda: all(sa["initiator-spi"] != ike for sa in peer.established()), "the IKE_SA is rekeyed")
        wait_until(lambda: len(peer.sas()) == 1 and len(peer.children("net")) == 1, "one IKE_SA and one child are left")
        sent, lost = stream.stop()
        require(lost == 0, f"{lost} of {sent} pings were lost")
    lab.ping_through(1)
    lab.check_wire()
    lab.moon.terminate("gw")
    lab.sun.wait_down()


# Post-quantum pre-shared keys

PPK = ("ppk@strongswan.org", "0x0123456789abcdef0123456789abcdef")
OTHER_PPK = ("ppk@strongswan.org", "0x0123456789abcdef0123456789abcdee")
PPK_WAYS = ALL_WAYS + PLUTO5


def with_ppk(lab, moon, sun):
    """Sets up both sides; `moon` and `sun` are (PPK or None, whether it is required)."""
    def options(ppk, required):
        return {"ppk": ppk, "connection": {"ppk_required": "yes" if required else "no"}} if ppk else {}
    lab.site_to_site(moon=options(*moon), sun=options(*sun))


def nothing_comes_up(lab):
    require(lab.moon.try_initiate("net") is not None, "the tunnel came up without a common PPK")
    for peer in lab.peers:
        require(not kernel.states(peer.host), f"{peer.host.name}: a refused tunnel left an SA in the kernel")
        require(not getattr(peer, "established", list)(), f"an IKE_SA is up on {peer.host.name}")


def says_ppk(peer):
    """Whether the PPK went into the keys; `None` from those who do not say."""
    return peer.established()[0].get("ppk") == "yes" if hasattr(peer, "established") else None


@scenario("ppk", PPK_WAYS + PLUTO)
def ppk_used(lab):
    """Both have the PPK and one insists: it is used."""
    with_ppk(lab, (PPK, True), (PPK, False))
    side = vici_side(lab)
    lab.moon.initiate("net")
    side.wait_up("net")
    require(all(says_ppk(peer) in (True, None) for peer in lab.peers), "somebody does not say that the PPK is used")
    lab.ping_through()
    ike = side.established()[0]["initiator-spi"]
    side.rekey(ike="gw")
    wait_until(lambda: any(sa["initiator-spi"] != ike for sa in side.established()), "the IKE_SA is rekeyed")
    # The keys of the new IKE_SA come from ones that the PPK went into: they fit only where both mixed it alike.
    spi = side.children("net")[0]["spi-in"]
    side.rekey(child="net")
    wait_until(lambda: any(c["spi-in"] != spi for c in side.children("net")), "the child is rekeyed")
    lab.ping_through(1)


@scenario("ppk-missing", PPK_WAYS)
def ppk_missing(lab):
    """sun does not have it and nobody insists: it is left out."""
    with_ppk(lab, (PPK, False), (None, False))
    lab.moon.initiate("net")
    for peer in lab.peers:
        peer.wait_up("net")
    require(not any(says_ppk(peer) for peer in lab.peers), "somebody says that the PPK is used")
    lab.ping_through()


@scenario("ppk-required", PPK_WAYS)
def ppk_required(lab):
    """sun does not have it and moon insists."""
    with_ppk(lab, (PPK, True), (None, False))
    nothing_comes_up(lab)


@scenario("ppk-required-responder", PPK_WAYS)
def ppk_required_responder(lab):
    """moon does not have it and sun insists."""
    with_ppk(lab, (None, False), (PPK, True))
    nothing_comes_up(lab)


@scenario("ppk-different", PPK_WAYS)
def ppk_different(lab):
    """The same name for two keys: nobody takes that for an absent one."""
    with_ppk(lab, (PPK, False), (OTHER_PPK, False))
    nothing_comes_up(lab)
