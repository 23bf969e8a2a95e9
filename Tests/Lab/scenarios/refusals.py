"""What must not come up, and what both sides say about it: the notify on the wire and the line in the log."""

from swandlab import kernel
from swandlab.failure import require
from swandlab.scenario import ALL_WAYS, EITHER_WAY, scenario

NO_PROPOSAL_CHOSEN, INVALID_KE_PAYLOAD = "14", "17"


def refused(lab, received, *responder_says):
    """Initiates, expects to fail, and looks for the notify in the initiator's log and the reason in the other."""
    answer = lab.moon.try_initiate("net", timeout=15)
    require(answer, "a tunnel came up that must be refused")
    lab.moon.wait_log(*received)
    lab.sun.wait_log(*responder_says)
    for peer in lab.peers:
        require(peer.alive(), f"{peer.name} on {peer.host.name} died")
        require(not kernel.states(peer.host), f"{peer.host.name}: a refused tunnel left an SA in the kernel")


def notifies(lab):
    """Types of the notifies that crossed the wire unencrypted."""
    return {kind for packet in lab.dissect() for kind in (packet["isakmp.notify.msgtype"] or "").split(",") if kind}


@scenario("wrong-psk", ALL_WAYS)
def wrong_psk(lab):
    lab.site_to_site(moon={"secret": "something else"})
    refused(lab, ["received AUTHENTICATION_FAILED notify error"], "MAC mismatched")
    require(not lab.moon.sas(), "the initiator keeps an IKE_SA that was not authenticated")
    require(not lab.sun.sas(), "the responder keeps an IKE_SA that was not authenticated")


@scenario("unknown-identity", EITHER_WAY)
def unknown_identity(lab):
    lab.site_to_site(moon={"local": {"id": "nobody.strongswan.org"}})
    refused(lab, ["received AUTHENTICATION_FAILED notify error"], "no matching peer config found")


@scenario("ike-proposal-mismatch", ALL_WAYS)
def ike_proposal_mismatch(lab):
    lab.site_to_site(moon={"ike": "aes256-sha384-x25519"}, sun={"ike": "aes128-sha256-x25519"})
    refused(lab, ["received NO_PROPOSAL_CHOSEN notify error"], "received proposals unacceptable")
    require(NO_PROPOSAL_CHOSEN in notifies(lab), "no NO_PROPOSAL_CHOSEN crossed the wire")


@scenario("esp-proposal-mismatch", ALL_WAYS)
def esp_proposal_mismatch(lab):
    lab.site_to_site(moon={"esp": "aes256-sha384"}, sun={"esp": "aes128gcm16"})
    refused(lab, ["received NO_PROPOSAL_CHOSEN notify"], "no acceptable proposal")
    lab.moon.wait_log("failed to establish CHILD_SA")


@scenario("ts-mismatch", ALL_WAYS)
def ts_mismatch(lab):
    lab.site_to_site(moon={"child": {"remote_ts": "10.9.0.0/16"}})
    refused(lab, ["received TS_UNACCEPTABLE notify"], "unacceptable", "do not lie within")
    lab.moon.wait_log("failed to establish CHILD_SA")


@scenario("cert-expired", EITHER_WAY)
def cert_expired(lab):
    lab.site_to_site(auth="ecdsa256", moon={"certificate": "moon-expired"})
    refused(lab, ["received AUTHENTICATION_FAILED notify error"], "subject certificate invalid", "expired")


@scenario("cert-untrusted", EITHER_WAY)
def cert_untrusted(lab):
    lab.site_to_site(auth="ecdsa256", moon={"certificate": "moon-stranger"})
    refused(lab, ["received AUTHENTICATION_FAILED notify error"], "no issuer certificate found", "no trusted", "is not trusted")


@scenario("cert-identity", EITHER_WAY)
def cert_identity(lab):
    """The certificate is good, but does not have the name that its owner claims."""
    other = "other.strongswan.org"
    lab.site_to_site(auth="ecdsa256", moon={"local": {"id": other}}, sun={"remote": {"id": other}})
    refused(lab, ["received AUTHENTICATION_FAILED notify error"], "no trusted ECDSA public key found", "no trusted",
            "does not confirm")


@scenario("invalid-ke", ALL_WAYS)
def invalid_ke(lab):
    """The initiator guesses a group that the responder does not have: a second try with the other one."""
    lab.site_to_site(moon={"ike": "aes128-sha256-ecp256-x25519"}, sun={"ike": "aes128-sha256-x25519"})
    lab.moon.initiate("net")
    lab.ping_through(1)
    require(INVALID_KE_PAYLOAD in notifies(lab), "no INVALID_KE_PAYLOAD crossed the wire")
