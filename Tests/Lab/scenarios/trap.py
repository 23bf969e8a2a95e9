"""A trap policy: the first packet brings the tunnel up."""

from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import ALL_WAYS, EITHER_WAY, scenario


@scenario("trap", ALL_WAYS)
def trap(lab):
    lab.site_to_site(moon={"child": {"start_action": "trap"}})
    require(kernel.policies(lab.moon.host), "no trap policy was installed")
    require(not kernel.states(lab.moon.host), "there is an SA before the first packet")
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1) == 0, "the trap brings the tunnel up")
    lab.ping_through()
    require(len(lab.moon.sas()) == 1, "one acquire made more than one IKE_SA")
    require(len(lab.moon.children("net")) == 1, "one acquire made more than one CHILD_SA")
    lab.moon.terminate("gw")
    lab.sun.wait_down()
    require(kernel.policies(lab.moon.host), "the trap policy went away with the tunnel")
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1) == 0, "the trap works a second time")


HOSTS = {"mode": "transport", "local_ts": "dynamic", "remote_ts": "dynamic"}


@scenario("trap-any", EITHER_WAY, lans=False)
def trap_any(lab):
    """The peer of the trap is whoever a packet goes to, and each of them gets an SA of its own."""
    lab.site_to_site(moon={"connection": {"remote_addrs": "%any"}, "child": HOSTS | {"start_action": "trap"}},
                     sun={"connection": {"local_addrs": "%any"}, "child": HOSTS})
    lab.sun.host.must("ip", "address", "add", "192.168.0.22/24", "dev", "eth0")
    before = policies_of(lab.moon)
    for count, address in enumerate((tunnel.SUN.address, "192.168.0.22"), 1):
        wait_until(lambda: lab.moon.host.ping_loss(address, 1, wait=1, source=tunnel.MOON.address) == 0,
                   f"the trap brings up a tunnel to {address}")
        found = sorted(child["remote-ts"][0] for child in lab.moon.children("net"))
        require(len(found) == count and f"{address}/32" in found, f"after a packet to {address} there is {found}")
    lab.moon.host.ping(tunnel.SUN.address, 1, source=tunnel.MOON.address)
    while lab.moon.sas():
        lab.moon.terminate("gw")
    require(policies_of(lab.moon) == before, f"the trap is not what it was: {policies_of(lab.moon)}")


def policies_of(peer):
    return sorted(policy.shape() for policy in kernel.policies(peer.host))
