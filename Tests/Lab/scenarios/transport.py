"""Transport mode between the two gateways themselves."""

from swandlab import kernel, tunnel
from swandlab.failure import require
from swandlab.scenario import ALL_WAYS, EITHER_WAY, scenario

DYNAMIC = {"mode": "transport", "local_ts": "dynamic", "remote_ts": "dynamic"}


@scenario("transport", ALL_WAYS, lans=False)
def transport(lab):
    lab.site_to_site(child=DYNAMIC)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.moon.host.ping(tunnel.SUN.address, 3)
    for peer in lab.peers:
        modes = {state.mode for state in kernel.states(peer.host)}
        require(modes == {"transport"}, f"{peer.host.name}: the kernel's SAs are in mode {modes}")
    lab.check_wire()


@scenario("transport-ipv6", EITHER_WAY, lans=False)
def transport_ipv6(lab):
    lab.site_to_site(v6=True, child=DYNAMIC)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.moon.host.ping(tunnel.SUN.address6, 3)
