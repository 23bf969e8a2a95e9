"""ML-KEM (FIPS 203) as key exchange (RFC 9370) with a peer that nobody here wrote: charon 6.1 of Debian testing, whose
OpenSSL swand uses, too. Where testing cannot be had, or has moved to something without ML-KEM, this is skipped."""

from scenarios.every_peer import BAD_LINK, FRAGMENT, PATIENT, SMALL_MTU, bring_up, spis
from swandlab import kernel, tunnel
from swandlab.failure import Skipped, require, wait_until
from swandlab.scenario import scenario

CHARON61 = ("swand61-charon61", "charon61-swand61")
CIPHER = "aes256gcm16-prfsha384"
# (IKE, ESP) of each tunnel: every size beside another group, alone as the first key exchange, and several of them.
TUNNELS = [
    ("x25519-ke1_mlkem512", "x25519-ke1_mlkem512"),
    ("x25519-ke1_mlkem768", "x25519-ke1_mlkem768"),
    ("ecp384-ke1_mlkem1024", "ecp384-ke1_mlkem1024"),
    ("mlkem768", "mlkem768"),
    ("mlkem1024", "mlkem512"),
    ("x25519-ke1_mlkem768-ke2_ecp521-ke3_mlkem1024", "x25519-ke1_mlkem768-ke2_ecp256"),
    ("mlkem512-ke1_x25519-ke3_modp3072", "mlkem512-ke1_x25519"),
]


def start(lab, **options):
    """Both gateways up, or a sentence why not."""
    lab.site_to_site(**options)
    for peer in lab.peers:
        algorithms = peer.call("get-algorithms")
        offered = algorithms.get("ke") or algorithms.get("dh") or {}
        if "ML_KEM_768" not in offered:
            raise Skipped(f"{peer.name} has no ML-KEM: it offers {', '.join(offered)}")


def proposals(methods, esp=None):
    return {"ike": f"{CIPHER}-{methods}", "esp": f"aes256gcm16-{esp or methods}"}


@scenario("ml-kem-charon", CHARON61, limit=150)
def ml_kem_charon(lab):
    """Set-up, and rekeyings of both kinds by each side, for each combination."""
    start(lab, **proposals(*TUNNELS[0]))
    for ike, esp in TUNNELS:
        lab.replace(**proposals(ike, esp))
        lab.moon.initiate("net")
        for peer in lab.peers:
            rekey_both(lab, peer)
        lab.ping_through(1)
        lab.moon.terminate(ike="gw")
        for peer in lab.peers:
            peer.wait_down()


def rekey_both(lab, peer, deadline=30):
    child = peer.children("net")[0]["spi-in"]
    peer.rekey(child="net")
    wait_until(lambda: [c for c in peer.children("net") if c["spi-in"] != child], "the child is rekeyed", deadline)
    ike = peer.established()[0]["uniqueid"]
    peer.rekey(ike="gw")
    wait_until(lambda: [sa for sa in peer.established() if sa["uniqueid"] != ike], "the IKE_SA is rekeyed", deadline)


@scenario("ml-kem-optional", CHARON61)
def ml_kem_optional(lab):
    """`none` beside an additional key exchange: with a peer that has it, and with one that has not."""
    optional = proposals("x25519-ke1_mlkem768-ke1_none")
    start(lab, **optional)
    for sun, used in (({}, True), (proposals("x25519"), False)):
        lab.replace(sun=sun, **optional)
        lab.moon.initiate("net")
        lab.ping_through(1)
        for peer in lab.peers:
            sa = peer.established()[0]
            require(("ML_KEM_768" in str(sa)) == used, f"{peer.name} says of the key exchange: {sa}")
        lab.moon.terminate(ike="gw")
        for peer in lab.peers:
            peer.wait_down()


@scenario("ml-kem-mismatch", CHARON61)
def ml_kem_mismatch(lab):
    """One side insists on what the other has not: refused in IKE_SA_INIT, and swand names both lists."""
    start(lab, **proposals("x25519"))
    for moon, sun in (("x25519-ke1_mlkem768", "x25519"), ("x25519", "x25519-ke1_mlkem1024"),
                      ("x25519-ke1_mlkem768", "x25519-ke1_mlkem1024"), ("mlkem768", "mlkem512")):
        lab.replace(moon=proposals(moon), sun=proposals(sun))
        before = len(lab.sun.log())
        require(lab.moon.try_initiate("net", timeout=15), f"{moon} with {sun}: a tunnel came up")
        lab.moon.wait_log("received NO_PROPOSAL_CHOSEN notify error")
        if lab.sun.name == "swand61":
            check_lists(lab.sun.log()[before:], moon, sun)
        for peer in lab.peers:
            require(not peer.sas(), f"{peer.name} keeps an IKE_SA")
            require(not kernel.states(peer.host), f"{peer.name} keeps SAs")


def check_lists(log, received, configured):
    """swand's own line about either list names the method that the other side has not."""
    for list_name, methods in (("received", received), ("configured", configured)):
        lines = [line for line in log.splitlines() if f"{list_name} proposals" in line]
        size = methods.rsplit("mlkem", 1)[1] if "mlkem" in methods else ""
        wanted = f"ML_KEM_{size}" if size else "CURVE_25519"
        require(any(wanted in line for line in lines), f"the {list_name} list does not name {wanted}: {lines}")


@scenario("ml-kem-rekey-mismatch", CHARON61)
def ml_kem_rekey_mismatch(lab):
    """The key exchanges of a child matter only when it is rekeyed (RFC 7296 section 1.2): then it is refused, and the
    old one goes on."""
    start(lab, moon=proposals("x25519", "x25519-ke1_mlkem768"), sun=proposals("x25519", "x25519-ke1_mlkem512"))
    bring_up(lab)
    before = spis(lab.moon)
    for peer in lab.peers:
        peer.rekey(child="net")
        peer.wait_log("received NO_PROPOSAL_CHOSEN notify")
    lab.role("swand61").wait_log("refused with NO_PROPOSAL_CHOSEN")
    refusal = next(line for line in lab.role("swand61").log().splitlines() if "refused with NO_PROPOSAL_CHOSEN" in line)
    require("ML_KEM_512" in refusal and "ML_KEM_768" in refusal, f"the refusal does not name both sides': {refusal}")
    require(spis(lab.moon) == before == spis(lab.sun), "the CHILD_SA is not the same as before")
    lab.ping_through(1)


@scenario("ml-kem-bad-way", CHARON61, limit=150)
def ml_kem_bad_way(lab):
    """IKE_INTERMEDIATE and IKE_FOLLOWUP_KE in fragments over a small MTU, then over a link that loses and reorders."""
    start(lab, settings={"fragment_size": FRAGMENT} | PATIENT, **proposals("x25519-ke1_mlkem1024-ke2_mlkem768"))
    lab.network.limit_packets(SMALL_MTU)
    bring_up(lab)
    for peer in lab.peers:
        rekey_both(lab, peer)
    lab.ping_through(1)
    pieces = lab.summary("(ip.flags.mf == 1 || ip.frag_offset > 0) && udp || ip.frag_offset > 0")
    require(not pieces, f"IP fragments crossed the wire: {pieces}")
    lab.moon.terminate(ike="gw")
    for peer in lab.peers:
        peer.wait_down()
    lab.network.impair(BAD_LINK)
    bring_up(lab)
    for peer in lab.peers:
        rekey_both(lab, peer, 60)
    lab.network.repair()
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, wait=1) == 0, "traffic flows")
    lab.check_wire()
