"""Certificates of every kind of key; signatures negotiated by RFC 7427, and the methods of RFC 7296 alone."""

from swandlab.failure import require
from swandlab.scenario import ALL_WAYS, EITHER_WAY, scenario


def net2net(kind, rfc7427=True):
    def run(lab):
        settings = {} if rfc7427 else {"signature_authentication": "no"}
        lab.site_to_site(auth=kind, settings=settings)
        lab.moon.initiate("net")
        lab.sun.wait_up("net")
        lab.ping_through(1)
        for peer, other in ((lab.moon, "sun"), (lab.sun, "moon")):
            peer.wait_log(f"authentication of '{other}.strongswan.org' with ")
            if peer.name == "charon" and kind == "rsa":
                classic = "with RSA signature successful" in peer.log()
                require(classic != rfc7427, f"{peer.host.name}: the signature method is not the one configured")
    return run


for _kind in ("rsa", "ecdsa256", "ecdsa384", "ecdsa521", "ed25519"):
    scenario(f"net2net-cert-{_kind}", ALL_WAYS if _kind == "rsa" else EITHER_WAY)(net2net(_kind))
for _kind in ("rsa", "ecdsa256"):
    scenario(f"net2net-cert-{_kind}-classic", EITHER_WAY)(net2net(_kind, rfc7427=False))
