"""Kinds of keys and signatures beside charon, one after another over daemons that stay up: what must be believed, in
both directions, and what must be refused, with the sentence that says why."""

from swandlab import certificates, kernel, tunnel
from swandlab.failure import Failure, require
from swandlab.scenario import EITHER_WAY, scenario

WAYS = EITHER_WAY + ("swand-charon6", "charon6-swand")
PLUGINS = ("random nonce openssl kdf pem pkcs1 pkcs8 x509 pubkey constraints revocation hmac vici kernel-netlink "
           "socket-default updown")
# (kind of certificate, `auth` of both sides, how the signatures are called in both logs)
BELIEVED = [
    ("rsa", "pubkey", "RSA_EMSA_PKCS1_SHA2_256"),
    ("rsa", "ike:rsa/pss-sha384", "RSA_EMSA_PSS_SHA2_384"),
    ("rsa", "rsa-2048-sha256", "RSA_EMSA_PKCS1_SHA2_256"),
    ("rsa", "pubkey-sha256-ike:pubkey-sha512", "RSA_EMSA_PKCS1_SHA2_512"),
    ("rsa3072", "rsa-3072-sha384", "RSA_EMSA_PKCS1_SHA2_384"),
    ("pss", "pubkey", "RSA_EMSA_PKCS1_SHA2_256"),
    ("pss", "rsa/pss-sha256", "RSA_EMSA_PSS_SHA2_256"),
    ("sha3", "pubkey", "RSA_EMSA_PKCS1_SHA2_256"),
    ("ecdsa256", "pubkey", "ECDSA_WITH_SHA256_DER"),
    ("ecdsa256", "ike:pubkey-sha512", "ECDSA_WITH_SHA512_DER"),
    ("ecdsa384", "ecdsa-384-sha384", "ECDSA_WITH_SHA384_DER"),
    ("ecdsa521", "pubkey", "ECDSA_WITH_SHA512_DER"),
    ("brainpool224", "pubkey", "ECDSA_WITH_SHA256_DER"),
    ("brainpool256", "pubkey", "ECDSA_WITH_SHA256_DER"),
    ("brainpool384", "pubkey", "ECDSA_WITH_SHA384_DER"),
    ("brainpool512", "pubkey", "ECDSA_WITH_SHA512_DER"),
    ("ed25519", "pubkey", "ED25519"),
    ("ed448", "pubkey", "ED448"),
]


def load_credentials(lab, kinds):
    for peer, side in ((lab.moon, tunnel.MOON), (lab.sun, tunnel.SUN)):
        for kind in kinds:
            peer.call("load-cert", {"type": "X509", "flag": "CA", "data": certificates.read(f"ca-{kind}.pem")})
            peer.call("load-key", {"type": "any", "data": certificates.read(f"{side.name}-{kind}.key")})


def connect(lab, kind, moon_auth, sun_auth, local="pubkey"):
    """Loads the connection on both: `moon_auth` is what moon wants of sun, `sun_auth` the other way round; each signs
    as the other wants where `local` is None."""
    for peer, side, wants, other_wants in ((lab.moon, tunnel.MOON, moon_auth, sun_auth),
                                           (lab.sun, tunnel.SUN, sun_auth, moon_auth)):
        connections = tunnel.vici_connections(tunnel.Tunnel(side))
        connections["gw"]["local"] = {"auth": local or other_wants, "id": side.identity, **own(side, kind)}
        connections["gw"]["remote"] = {"auth": wants, "id": side.other.identity, **peers(side.other, kind)}
        peer.call("load-conn", connections)


def own(side, kind):
    """Certificates, or raw public keys for kinds that begin with `raw-`."""
    if kind.startswith("raw-"):
        return {"pubkeys": [certificates.public_key(f"{side.name}-{kind[4:]}")]}
    return {"certs": [certificates.read(f"{side.name}-{kind}.pem")]}


def peers(side, kind):
    return own(side, kind) if kind.startswith("raw-") else {}


def set_up(lab, kind, auth, scheme):
    marks = [len(peer.log()) for peer in lab.peers]
    connect(lab, kind, auth, auth, local=auth)
    lab.moon.initiate("net", timeout=10)
    lab.alice.ping(tunnel.SUN.inner_host, wait=2)
    for peer, mark, other in zip(lab.peers, marks, ("sun", "moon")):
        words = f"authentication of '{other}.strongswan.org' with {scheme}"
        require(words in peer.log()[mark:], f"{peer.name} does not log `{words}`: "
                + " | ".join(line for line in peer.log()[mark:].splitlines() if "authentication of" in line))


def close(lab):
    if lab.moon.sas():
        lab.moon.terminate(ike="gw")
    for peer in lab.peers:
        peer.wait_down()


def all_believed(lab, cases):
    failures = []
    for kind, auth, scheme in cases:
        try:
            set_up(lab, kind, auth, scheme)
        except Failure as failure:
            failures.append(f"{kind} {auth}: {str(failure)[-300:]}")
        close(lab)
    require(not failures, f"{len(failures)} failed: " + " || ".join(failures))


def start(lab, **settings):
    own_settings = {f"{peer.host.name}_settings": {"load": PLUGINS}
                    for peer in lab.peers if peer.name.startswith("charon")}
    lab.site_to_site(settings=settings, **own_settings)


@scenario("credentials", WAYS, limit=150)
def believed(lab):
    """Certificates of every kind, and constraints that they meet."""
    start(lab)
    load_credentials(lab, {kind for kind, _, _ in BELIEVED})
    all_believed(lab, BELIEVED)


@scenario("credentials-raw", WAYS)
def raw(lab):
    """Raw public keys (RFC 7670) of the configuration, without any certificate."""
    start(lab)
    kinds = ("rsa", "ecdsa256", "ed25519")
    load_credentials(lab, kinds)
    all_believed(lab, [("raw-rsa", "pubkey", "RSA_EMSA_PKCS1_SHA2_256"),
                       ("raw-ecdsa256", "pubkey", "ECDSA_WITH_SHA256_DER"), ("raw-ed25519", "pubkey", "ED25519")])


@scenario("credentials-rsa-pss", WAYS)
def rsa_pss(lab):
    """The setting that makes every RSA signature PSS."""
    start(lab, rsa_pss="yes")
    load_credentials(lab, ("rsa",))
    all_believed(lab, [("rsa", "pubkey", "RSA_EMSA_PSS_SHA2_256")])


@scenario("credentials-classic", WAYS)
def classic(lab):
    """Without RFC 7427: the methods of RFC 7296 and RFC 4754, which know neither Brainpool nor EdDSA."""
    # The responder waits for an IKE_AUTH that never comes.
    start(lab, signature_authentication="no", half_open_timeout="3")
    kinds = ("rsa", "ecdsa256", "ecdsa384", "ecdsa521", "brainpool256", "ed25519")
    load_credentials(lab, kinds)
    all_believed(lab, [("rsa", "pubkey", "RSA signature"), ("ecdsa256", "pubkey", "ECDSA-256 signature"),
                       ("ecdsa384", "pubkey", "ECDSA-384 signature"), ("ecdsa521", "pubkey", "ECDSA-521 signature")])
    for kind in ("brainpool256", "ed25519"):
        connect(lab, kind, "pubkey", "pubkey")
        require(lab.moon.try_initiate("net", timeout=10), f"{kind} came up without RFC 7427")
        close(lab)


@scenario("credentials-pss-keys", ("swand-swand",))
def pss_keys(lab):
    """Keys that are for RSASSA-PSS alone: charon does not read them."""
    start(lab)
    load_credentials(lab, ("psskey",))
    all_believed(lab, [("psskey", "pubkey", "RSA_EMSA_PSS_SHA2_256")])


# What sun wants of a moon that has this kind of key, and what sun says of it.
REFUSED = [
    ("rsa", "rsa-3072", ("does not accept a key of RSA 2048 bits", "signatures not acceptable", "RSA-2048")),
    ("rsa", "pubkey-sha512", ("does not accept a signature with sha256", "not acceptable")),
    ("rsa", "ecdsa-256", ("does not accept a key of RSA 2048 bits", "signatures not acceptable")),
    ("ecdsa256", "ecdsa-384-sha384", ("does not accept a key of ECDSA 256 bits", "not acceptable")),
    ("rsa", "rsa/pss-sha256", ("does not accept a signature with sha256", "not acceptable")),
    ("rsa", "ike:ecdsa-sha256", ("the connection wants ike:ecdsa-sha256", "not acceptable")),
]


@scenario("credentials-refused", WAYS + ("swand-swand",))
def refused(lab):
    """Keys and signatures that are good, but not good enough for the connection."""
    start(lab)
    load_credentials(lab, {kind for kind, _, _ in REFUSED})
    for kind, wanted, sentences in REFUSED:
        mark, received = len(lab.sun.log()), len(lab.moon.log())
        connect(lab, kind, "pubkey", wanted)
        require(lab.moon.try_initiate("net", timeout=10), f"{kind} came up where {wanted} is wanted")
        require("AUTHENTICATION_FAILED" in lab.moon.log()[received:] or "AUTH_FAILED" in lab.moon.log()[received:],
                f"{kind}, {wanted}: moon got no AUTHENTICATION_FAILED")
        said = lab.sun.log()[mark:]
        require(any(words in said for words in sentences),
                f"{kind}, {wanted}: {lab.sun.name} does not say why: {said[-600:]}")
        for peer in lab.peers:
            peer.wait_down()
            require(not kernel.states(peer.host), f"{peer.name} keeps SAs")
