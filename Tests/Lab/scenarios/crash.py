"""A daemon that is killed, started again, or stopped in good order."""

from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import ALL_WAYS, scenario


def nothing_left(peer):
    """No SA, no policy and no route of a daemon that has gone."""
    left = [kernel.states(peer.host), kernel.policies(peer.host), kernel.routes(peer.host)]
    return not any(left)


def up_with_traffic(lab, initiator):
    initiator.initiate("net")
    for peer in lab.peers:
        peer.wait_up("net")
    lab.ping_through(1)


def killed(lab, victim, other):
    """Nothing of the old run is left at the new start, and the tunnel comes up again."""
    lab.site_to_site()
    up_with_traffic(lab, lab.moon)
    old = {state.spi for state in kernel.states(victim.host)}
    victim.kill()
    require(kernel.states(victim.host), "killing the daemon already emptied the kernel: nothing is proved")
    victim.start()
    if victim.name == "swand":
        wait_until(lambda: nothing_left(victim), "the leftovers of the killed run are gone")
    victim.load()
    up_with_traffic(lab, victim)
    if victim.name == "swand":
        require(not old & {state.spi for state in kernel.states(victim.host)}, "an SA of the killed run is back")
    wait_until(lambda: len(other.established()) == 1, "the other side is left with one IKE_SA")


@scenario("kill-initiator", ALL_WAYS)
def kill_initiator(lab):
    killed(lab, lab.moon, lab.sun)


@scenario("kill-responder", ALL_WAYS)
def kill_responder(lab):
    killed(lab, lab.sun, lab.moon)


@scenario("stop", ALL_WAYS)
def stop(lab):
    """SIGTERM: the peer is told, and the kernel is left as it was found."""
    lab.site_to_site(moon={"children": {"net": {}, "trapped": {
        "local_ts": tunnel.MOON.net6, "remote_ts": tunnel.SUN.net6, "start_action": "trap"}}})
    up_with_traffic(lab, lab.moon)
    for peer in lab.peers:
        peer.stop()
        require(nothing_left(peer), f"{peer.name} on {peer.host.name} left something in the kernel")
        if peer is lab.moon:
            lab.sun.wait_down()
