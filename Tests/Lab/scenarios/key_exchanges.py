"""Several key exchanges for one SA, and post-quantum pre-shared keys."""

from peers.vici_peer import render
from swandlab import tunnel
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


def ppk(moon_required, sun_required, moon_has=True, sun_has=True):
    """Sets up both sides with a PPK, or one of them without."""
    def configure(lab):
        for peer, side, required, has in ((lab.moon, tunnel.MOON, moon_required, moon_has),
                                          (lab.sun, tunnel.SUN, sun_required, sun_has)):
            keys = {"ppk_id": "ppk@strongswan.org", "ppk_required": "yes" if required else "no"} if has else {}
            description = tunnel.Tunnel(side, connection=keys)
            conf = tunnel.swanctl_conf(description)
            if has:
                conf["secrets"]["ppk-gw"] = {"id": "ppk@strongswan.org", "secret": "0x0123456789abcdef0123456789abcdef"}
            peer.configure(render(conf))
        lab.start()
    return configure


@scenario("ppk", ALL_WAYS)
def ppk_used(lab):
    """Both have the PPK and one insists: both say that it is used."""
    ppk(True, False)(lab)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    for peer in lab.peers:
        require(peer.established()[0].get("ppk") == "yes", f"{peer.host.name} does not say that the PPK is used")
    lab.ping_through()
    ike = lab.moon.established()[0]["initiator-spi"]
    lab.moon.rekey(ike="gw")
    wait_until(lambda: any(sa["initiator-spi"] != ike for sa in lab.moon.established()), "the IKE_SA is rekeyed")
    # The keys of the new IKE_SA come from ones that the PPK went into: they fit only where both mixed it alike.
    spi = lab.moon.children("net")[0]["spi-in"]
    lab.moon.rekey(child="net")
    wait_until(lambda: any(c["spi-in"] != spi for c in lab.moon.children("net")), "the child is rekeyed")
    lab.ping_through(1)


@scenario("ppk-missing", ALL_WAYS)
def ppk_missing(lab):
    """sun does not have it and nobody insists: it is left out."""
    ppk(False, False, sun_has=False)(lab)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    for peer in lab.peers:
        require(peer.established()[0].get("ppk") != "yes", f"{peer.host.name} says that the PPK is used")
    lab.ping_through()


@scenario("ppk-required", ALL_WAYS)
def ppk_required(lab):
    """sun does not have it and moon insists: nothing comes up."""
    ppk(True, False, sun_has=False)(lab)
    require(lab.moon.try_initiate("net") is not None, "the tunnel came up without the PPK")
    require(not lab.moon.established(), "an IKE_SA is up")
