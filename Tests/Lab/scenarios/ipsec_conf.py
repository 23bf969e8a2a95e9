"""swand with the classic files, ipsec.conf and ipsec.secrets; charon with swanctl.conf on the other side."""

from swandlab import tunnel
from swandlab.failure import Skipped
from swandlab.scenario import SWAND_FIRST, SWAND_SECOND, scenario

CONF = """
config setup
    uniqueids = yes

conn %default
    keyexchange = ikev2
    ike = aes128-sha256-x25519!
    esp = aes128gcm16-x25519!

conn net
    also = gateways
    leftsubnet = {side.net}
    rightsubnet = {other.net}
    auto = {auto}

conn gateways
    left = {side.address}
    leftid = @{side.identity}
    {auth}
    right = {other.address}
    rightid = @{other.identity}
"""


def ipsec_conf(side, auto, auth):
    return CONF.format(side=side, other=side.other, auto=auto, auth=auth)


def need(peer):
    if not hasattr(peer, "configure_ipsec"):
        raise Skipped(f"{peer.name} does not read ipsec.conf")


@scenario("ipsec-conf-psk-start", SWAND_FIRST)
def psk_start(lab):
    """auto=start: the tunnel is up without a command."""
    need(lab.moon)
    lab.sun.configure_tunnel(tunnel.Tunnel(tunnel.SUN))
    lab.sun.start()
    lab.sun.load()
    lab.moon.configure_ipsec(ipsec_conf(tunnel.MOON, "start", "authby = secret"),
                             f"@moon.strongswan.org @sun.strongswan.org : PSK {tunnel.SECRET}\n")
    lab.moon.start()
    lab.sun.wait_up("net")
    lab.moon.wait_up("net")
    lab.ping_through()


@scenario("ipsec-conf-psk-route", SWAND_FIRST)
def psk_route(lab):
    """auto=route: the first packet brings it up."""
    need(lab.moon)
    lab.sun.configure_tunnel(tunnel.Tunnel(tunnel.SUN))
    lab.sun.start()
    lab.sun.load()
    lab.moon.configure_ipsec(ipsec_conf(tunnel.MOON, "route", "authby = secret"), f": PSK {tunnel.SECRET}\n")
    lab.moon.start()
    lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1)
    lab.moon.wait_up("net")
    lab.ping_through()


@scenario("ipsec-conf-cert-add", SWAND_SECOND)
def cert_add(lab):
    """auto=add: charon initiates, certificates on both sides."""
    need(lab.sun)
    lab.sun.configure_ipsec(ipsec_conf(tunnel.SUN, "add", "leftcert = sun-ecdsa256.pem"),
                            ": ECDSA sun-ecdsa256.pem\n", ["sun-ecdsa256", "ca-ecdsa256"])
    lab.sun.start()
    lab.moon.configure_tunnel(tunnel.Tunnel(tunnel.MOON, auth="ecdsa256"))
    lab.moon.start()
    lab.moon.load()
    lab.moon.initiate("net")
    lab.ping_through()
