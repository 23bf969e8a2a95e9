"""Whose certificate is believed and whose is not, which names it speaks for, and how credentials come and go."""

from peers.vici_peer import render
from swandlab import certificates, tunnel
from swandlab.failure import Skipped, require, wait_until
from swandlab.scenario import EITHER_WAY, SWAND_FIRST, SWAND_SECOND, scenario

ROOT, BRANCH, TWIG = "ca-ecdsa256", "ca-branch", "ca-twig"
FOLDERS = "x509 x509ca x509crl private pkcs8 pkcs12"


def present(peer, side, credentials, local=None, remote=None, connection=None, drop=()):
    """Puts a connection and its credentials in the place of what a running daemon has."""
    own = next((name for name in credentials if not name.startswith(("ca-", "crl-"))), "none")
    description = tunnel.Tunnel(side, auth="ecdsa256", certificate=own, local=local or {}, remote=remote or {},
                                connection=connection or {})
    conf = tunnel.swanctl_conf(description)
    for key in drop:
        conf["connections"]["gw"]["local"].pop(key)
    peer.host.run("sh", "-c", f"cd /etc/swanctl && rm -rf {FOLDERS}")
    peer.configure(render(conf), credentials)
    peer.swanctl("--load-all", "--noprompt", "--clear")


def both(lab, moon, sun):
    """Like `present` for both, each with the keywords given."""
    present(lab.moon, tunnel.MOON, **moon)
    present(lab.sun, tunnel.SUN, **sun)


def start(lab):
    for peer in lab.peers:
        peer.configure()
        peer.start()


def expect(lab, name, up, *says):
    """Initiates; the tunnel must come up or must not, and sun must have said one of the texts since."""
    begin = len(lab.sun.log())
    reason = lab.moon.try_initiate("net", timeout=15)
    require((reason is None) == up, f"{name}: " + (f"no tunnel: {reason}" if up else "a tunnel came up"))
    if says:
        wait_until(lambda: any(text in lab.sun.log()[begin:] for text in says),
                   f"{name}: {lab.sun.name} logs {' or '.join(map(repr, says))}")
    for peer in lab.peers:
        for sa in peer.sas():
            peer.stream("terminate", "control-log", {"ike-id": sa["uniqueid"], "force": "yes", "timeout": "5000"})
        peer.wait_down()


@scenario("certificate-chains", EITHER_WAY, limit=150)
def chains(lab):
    """Intermediate CAs and revocation lists that are installed at the one who checks."""
    start(lab)
    own = "sun-ecdsa256"
    below = {"credentials": ["moon-branch", ROOT, BRANCH]}
    plain = {"credentials": ["moon-ecdsa256", ROOT]}
    strict = {"revocation": "strict"}

    def case(name, moon, up, *says, authorities=(ROOT,), remote=None):
        both(lab, moon, {"credentials": [own, *authorities], "remote": remote})
        expect(lab, name, up, *says)

    case("intermediate sent", below, True, "reached self-signed root ca with a path length of 1")
    case("intermediate installed", below, True, "using trusted intermediate ca certificate",
         authorities=(ROOT, BRANCH), remote={"cacerts": f"{ROOT}.pem"})
    case("intermediate without root", below, False, "no issuer certificate found for", authorities=(BRANCH,))
    case("path length", {"credentials": ["moon-twig", ROOT, BRANCH, TWIG]}, False, "path length",
         authorities=(ROOT, BRANCH, TWIG))
    case("intermediate revoked", below, False, "certificate was revoked on",
         authorities=(ROOT, BRANCH, "crl-branch"))
    case("revoked by the newer list", plain, False, "certificate was revoked on",
         authorities=(ROOT, "crl-moon", "crl-empty"))
    case("strict without a list", plain, False, "certificate status is not available", remote=strict)
    case("strict with a list", plain, True, "certificate status is good", authorities=(ROOT, "crl-empty"),
         remote=strict)


@scenario("certificate-identities", EITHER_WAY, limit=120)
def identities(lab):
    """What a certificate speaks for, as own identity and as pattern for the peer's."""
    start(lab)
    name = '"C=CH, O=swand lab, CN=%s"'
    moon, sun = ["moon-ecdsa256", ROOT], ["sun-ecdsa256", ROOT]

    def case(what, own, others, theirs, up, drop=()):
        both(lab, {"credentials": moon, "local": {"id": own}, "remote": {"id": "%any"}, "drop": drop},
             {"credentials": sun, "local": {"id": others}, "remote": {"id": theirs}, "drop": drop})
        expect(lab, what, up)

    case("subject, and a wildcard in it", name % "moon.strongswan.org", name % "sun.strongswan.org", name % "*", True)
    case("mail addresses", "moon@strongswan.org", "sun@strongswan.org", "*@strongswan.org", True)
    case("addresses", "192.168.0.1", "192.168.0.2", "192.168.0.1", True)
    case("no identity and no certificate named", "%any", "%any", "192.168.0.1", True, drop=("id", "certs"))
    case("no identity named", "%any", "%any", name % "moon.strongswan.org", True, drop=("id",))
    case("a name of another", "moon.example.org", "sun.strongswan.org", "*.example.org", False)


@scenario("rdn-matching", SWAND_SECOND)
def rdn_matching(lab):
    """Names in another order, and with parts left out, where the settings allow it."""
    subject = "C=CH, O=swand lab, CN=moon.strongswan.org"
    for peer in lab.peers:
        peer.configure()
    for matching, pattern, up in (("strict", "CN=moon.strongswan.org, O=swand lab, C=CH", False),
                                  ("reordered", "CN=moon.strongswan.org, O=swand lab, C=CH", True),
                                  ("reordered", "CN=moon.strongswan.org, C=CH", False),
                                  ("relaxed", "CN=moon.strongswan.org, C=CH", True)):
        for peer in lab.peers:
            if peer.alive():
                peer.stop()
            peer.write_settings({"rdn_matching": matching})
            peer.start()
        settings = {"rdn_matching": matching}
        for peer, side, own, local, remote in (
                (lab.moon, tunnel.MOON, "moon-ecdsa256", {"id": f'"{subject}"'}, {"id": "sun.strongswan.org"}),
                (lab.sun, tunnel.SUN, "sun-ecdsa256", {}, {"id": f'"{pattern}"'})):
            description = tunnel.Tunnel(side, auth="ecdsa256", certificate=own, local=local, remote=remote)
            peer.configure_tunnel(description, settings)
            peer.load()
        expect(lab, f"{matching}: {pattern}", up)


@scenario("own-swanctl-keys", SWAND_FIRST)
def own_swanctl_keys(lab):
    """Our swanctl opens containers and encrypted keys, for charon as well as for swand."""
    if not lab.job["own_swanctl"]:
        raise Skipped("swanctl is not built")
    for peer, other, folder, file in ((lab.moon, lab.sun, "pkcs12", "moon-branch.p12"),
                                      (lab.sun, lab.moon, "private", "moon-branch.locked")):
        peer.swanctl_binary = lab.job["own_swanctl"]
        with open(f"{certificates.CACHE}/{file}", "rb") as stream:
            content = stream.read()
        description = tunnel.Tunnel(tunnel.MOON, auth="ecdsa256", certificate="moon-branch")
        conf = tunnel.swanctl_conf(description)
        conf["connections"]["gw"]["local"].pop("certs")
        conf["secrets"] = {f"{folder}-moon": {"file": "key", "secret": f'"{certificates.PASSPHRASE}"'}}
        peer.configure(render(conf))
        peer.host.write(f"/etc/swanctl/{folder}/key", content)
        if folder == "private":
            for name, place in (("moon-branch", "x509"), (BRANCH, "x509ca"), (ROOT, "x509ca")):
                peer.host.write(f"/etc/swanctl/{place}/{name}.pem", certificates.read(f"{name}.pem"))
        peer.start()
        peer.load()
        listed = peer.swanctl("--list-certs")
        for words in ("CN=moon.strongswan.org", "CN=ca-branch", "CN=ca-ecdsa256", "has private key"):
            require(words in listed, f"{peer.name}: {words!r} is missing in: {listed}")


@scenario("certificate-renewed", EITHER_WAY)
def renewed(lab):
    """A new certificate under the old name: running tunnels stay, and the next authentication shows the new one."""
    lab.site_to_site(auth="ecdsa256")
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    before = lab.moon.sas()[0]["uniqueid"]
    for file in ("pem", "key"):
        folder = {"pem": "x509", "key": "private"}[file]
        lab.moon.host.write(f"/etc/swanctl/{folder}/moon-ecdsa256.pem", certificates.read(f"moon-branch.{file}"))
    lab.moon.host.write(f"/etc/swanctl/x509ca/{BRANCH}.pem", certificates.read(f"{BRANCH}.pem"))
    lab.moon.load()
    lab.ping_through(1)
    require([sa["uniqueid"] for sa in lab.moon.established()] == [before], "loading a certificate ended the tunnel")
    lab.moon.call("rekey", {"ike": "gw", "reauth": "yes"})
    lab.sun.wait_log("reached self-signed root ca with a path length of 1")
    lab.moon.wait_one_pair()
    lab.ping_through(1)
