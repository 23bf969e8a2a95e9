"""What ends or replaces SAs besides time and commands: counted limits, inactivity, close and loss actions."""

from scenarios.rekey import Watched, QUICK_DELETE
from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import EITHER_WAY, scenario

IMPATIENT = {"retransmit_timeout": "0.5", "retransmit_base": "1.0", "retransmit_tries": "3"}


def restart(lab, **options):
    """Other connections, and nothing that is left of the last ones."""
    for name in {sa["name"] for sa in lab.moon.sas()}:
        lab.moon.terminate(ike=name)
    for peer in lab.peers:
        peer.wait_down()
    lab.replace(**options)


@scenario("counted-limits", EITHER_WAY)
def counted_limits(lab):
    """Rekeying after packets and after octets under a stream of pings, of which none is lost; then silence."""
    packets = {"rekey_packets": "60", "life_packets": "6000", "rand_packets": "0"}
    octets = {"rekey_bytes": "6000", "life_bytes": "600000", "rand_bytes": "0"}
    lab.site_to_site(settings=QUICK_DELETE, moon={"child": packets})
    for limit in (packets, octets):
        restart(lab, moon={"child": limit})
        lab.moon.initiate("net")
        watched = Watched(lab)
        wait_until(lambda: len(watched.look().children) >= 3, f"two rekeyings because of {limit}")
        watched.finish()
    restart(lab, moon={"child": {"inactivity": "2s"}})
    lab.moon.initiate("net")
    lab.ping_through(1)
    wait_until(lambda: not lab.moon.children("net"), "the idle child is closed")
    wait_until(lambda: not lab.sun.children("net"), "the idle child is closed on the other side")


@scenario("close-actions", EITHER_WAY)
def close_actions(lab):
    """The peer closes the child; then it falls silent."""
    lab.site_to_site(settings=IMPATIENT)
    restart(lab, moon={"child": {"close_action": "trap"}})
    lab.moon.initiate("net")
    lab.sun.terminate(child="net")
    wait_until(lambda: not lab.moon.children("net"), "the child is closed")
    require(kernel.policies(lab.moon.host), "close_action=trap left no policy")
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1) == 0, "the trap brings the child up again")
    lab.moon.call("uninstall", {"child": "net"})

    restart(lab, moon={"child": {"close_action": "start"}})
    lab.moon.initiate("net")
    first = {child["spi-in"] for child in lab.moon.children("net")}
    lab.sun.terminate(child="net")
    wait_until(lambda: {child["spi-in"] for child in lab.moon.children("net")} - first, "the child comes up again")
    lab.ping_through(1)

    restart(lab, moon={"connection": {"dpd_delay": "1s"}, "child": {"dpd_action": "trap"}})
    lab.moon.initiate("net")
    lab.network.cut("moon")
    lab.moon.wait_down()
    require(kernel.policies(lab.moon.host), "dpd_action=trap left no policy")
    lab.network.mend("moon")
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1) == 0, "the trap brings the tunnel up again")
    lab.ping_through(1)
