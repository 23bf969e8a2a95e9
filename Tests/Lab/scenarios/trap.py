"""A trap policy: the first packet brings the tunnel up."""

from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import ALL_WAYS, scenario


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
