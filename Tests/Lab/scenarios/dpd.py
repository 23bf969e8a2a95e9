"""The peer falls silent: liveness checks find out, and the configured action follows."""

from swandlab.failure import require, wait_until
from swandlab import kernel
from swandlab.scenario import ALL_WAYS, EITHER_WAY, scenario

IMPATIENT = {"retransmit_timeout": "0.5", "retransmit_base": "1.0", "retransmit_tries": "3"}


@scenario("dpd-clear", ALL_WAYS)
def dpd_clear(lab):
    lab.site_to_site(settings=IMPATIENT, moon={"connection": {"dpd_delay": "1s"}, "child": {"dpd_action": "clear"}})
    lab.moon.initiate("net")
    lab.network.cut("moon")
    lab.moon.wait_down()
    require(not kernel.states(lab.moon.host), "SAs of the dead peer are left in the kernel")


@scenario("dpd-restart", EITHER_WAY)
def dpd_restart(lab):
    lab.site_to_site(settings=IMPATIENT, moon={"connection": {"dpd_delay": "1s", "keyingtries": "0"},
                                               "child": {"dpd_action": "restart"}})
    lab.moon.initiate("net")
    first = lab.moon.established()[0]["uniqueid"]
    lab.network.cut("moon")
    wait_until(lambda: first not in [sa["uniqueid"] for sa in lab.moon.established()], "the dead peer is noticed")
    lab.network.mend("moon")
    lab.moon.wait_up("net")
    lab.ping_through(1)


@scenario("dpd-alive", EITHER_WAY)
def dpd_alive(lab):
    """Liveness checks of both sides are answered, and the tunnel stays."""
    lab.site_to_site(connection={"dpd_delay": "1s"})
    lab.moon.initiate("net")
    before = lab.moon.established()[0]["uniqueid"]
    informational = "37"
    wait_until(lambda: sum(packet["isakmp.exchangetype"] == informational for packet in lab.dissect()) >= 4,
               "liveness checks and their answers", pause=1)
    require([sa["uniqueid"] for sa in lab.moon.established()] == [before], "the IKE_SA was replaced")
