"""swand with the classic files, ipsec.conf and ipsec.secrets; charon with swanctl.conf on the other side."""

import os

from swandlab import kernel, tunnel
from swandlab.failure import Skipped, require, wait_until
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


SHARED = """
conn gateways
    left = 192.168.0.1
    leftid = @moon.strongswan.org
    right = 192.168.0.2
    rightid = @sun.strongswan.org
    authby = secret
    keyexchange = ikev2
    ike = aes128-sha256-x25519!
    esp = aes128gcm16-x25519!
"""
NET = """
conn net
    also = gateways
    leftsubnet = 10.1.0.0/16
    rightsubnet = 10.2.0.0/16
    auto = route
"""
SIX = """
conn six
    also = gateways
    leftsubnet = fec1::/16
    rightsubnet = fec2::/16
    auto = add
"""


@scenario("ipsec-command", SWAND_FIRST)
def ipsec_command(lab):
    """The `ipsec` command, and reloads that disturb nothing but what they change."""
    need(lab.moon)
    moon = lab.moon

    def ipsec(*words, code=0):
        result = moon.host.run(f"{os.path.dirname(lab.job['own_swanctl'])}/ipsec", *words)
        require(result.returncode == code, f"ipsec {' '.join(words)} ended with {result.returncode}: {result.stdout}")
        return result.stdout

    def write(*sections):
        moon.host.write("/etc/ipsec.conf", "".join(sections))

    lab.sun.configure_tunnel(tunnel.Tunnel(tunnel.SUN, children={
        "net": {}, "six": {"local_ts": tunnel.SUN.net6, "remote_ts": tunnel.MOON.net6}}))
    lab.sun.start()
    lab.sun.load()
    moon.configure_ipsec(SIX + NET + SHARED, f": PSK {tunnel.SECRET}\n")
    moon.start()
    require("net{" in ipsec("status") and "ROUTED" in ipsec("status"), "the trap is not listed")
    require("established successfully" in ipsec("up", "six"), "ipsec up does not say so")
    ipsec("up", "net")
    lab.ping_through(1)
    require(len(moon.sas()) == 1, "two conns with the same gateways have more than one IKE_SA")
    present = spis(moon)

    # Other lines, another order, and one conn less: what runs goes on, trap and all.
    write("# moved\n" * 5, NET, SHARED)
    routed = sorted(policy.shape() for policy in kernel.policies(moon.host))
    ipsec("update")
    require(spis(moon) == present, "an update that changed nothing of them replaced SAs")
    require(sorted(policy.shape() for policy in kernel.policies(moon.host)) == routed, "the policies changed")
    # A mistake keeps what runs, and is told with its place.
    write(NET, "    esspp = aes\n", SHARED)
    require("ipsec.conf:7" in ipsec("reload", code=1), "the mistake is not named")
    require("net{" in ipsec("status"), "a mistake took the connection away")
    ipsec("down", "net")
    lab.sun.wait_up("six")
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1) == 0, "the trap brings net up again")
    write(NET.replace("route", "add"), SHARED)
    ipsec("update")
    require("ROUTED" not in ipsec("status"), "the trap of a conn that is no longer routed is left")
    ipsec("route", "net")
    ipsec("unroute", "net")
    ipsec("down", "gateways", code=1)


def spis(peer):
    return sorted(child["spi-in"] for child in peer.children())
