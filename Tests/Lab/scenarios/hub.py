"""swand as a hub: spokes of three other implementations at once, each with an authentication of its own."""

from scenarios.other_peers import IKED_ESP, IKED_LOSS, PLUTO_LOSS
from swandlab.failure import require, wait_until
from swandlab.scenario import scenario
from swandlab.star import SPOKES, Star

# A dead peer is given up after five seconds.
SETTINGS = {"retransmit_timeout": "1.0", "retransmit_base": "1.0", "retransmit_tries": "4", "delete_rekeyed_delay": "1"}
CONNECTION = {"dpd_delay": "2s", "unique": "replace"}
TUNNELS = {
    "sun": ("charon", {"auth": "ecdsa256", "connection": CONNECTION}),
    "mars": ("pluto", {"auth": "rsa", "connection": {"unique": "replace"}}),
    "venus": ("iked", {"auth": "psk", "esp": IKED_ESP, "connection": CONNECTION}),
}
COMES_BACK = {"start_action": "start", "dpd_action": "restart", "close_action": "start"}
HUB = {
    "sun": {"child": {"start_action": "trap", "dpd_action": "trap"}},
    "mars": {"connection": CONNECTION, "child": COMES_BACK},
    "venus": {"connection": CONNECTION, "child": COMES_BACK},
}
ALLOWED_LOSS = {"sun": 0, "mars": PLUTO_LOSS, "venus": IKED_LOSS}


def star(lab):
    made = Star(lab, TUNNELS, HUB, SETTINGS)
    made.start()
    come_back(made)
    return made


def come_back(made):
    """Traffic meets the trap towards sun; the others are initiated by the hub itself."""
    wait_until(lambda: made.lab.alice.ping_loss(made.inner("sun"), wait=1) == 0, "traffic brings up the trapped tunnel", 40)
    made.wait_all_up()
    made.ping_all()


@scenario("hub", ("swand-charon",), limit=150, spokes=SPOKES)
def hub(lab):
    made = star(lab)
    rekey_under_traffic(made)

    # A spoke crashes and is there again before anybody has noticed: the others feel nothing of it.
    before = made.unique_ids()
    made.spokes["sun"].kill()
    made.spokes["sun"].host.must("sh", "-c", "ip xfrm state flush; ip xfrm policy flush")
    made.spokes["sun"].start()
    made.spokes["sun"].load()
    come_back(made)
    after = made.unique_ids()
    require([name for name in after if after[name] != before[name]] == ["sun"],
            f"one spoke crashed, and others have new IKE_SAs: {before}, {after}")

    made.hub.stop()
    made.hub.start()
    made.hub.load()
    come_back(made)

    made.hub.kill()
    made.spokes_may_remember = True
    made.hub.start()
    made.hub.load()
    come_back(made)


def rekey_under_traffic(made):
    """Every CHILD_SA and every IKE_SA, under a stream of pings through each tunnel."""
    streams = {name: made.lab.alice.start_ping(made.inner(name), 0.05) for name in made.spokes}
    children = {child["name"]: child["spi-in"] for child in made.hub.children()}
    for name in made.spokes:
        made.hub.rekey(child=name)
    wait_until(lambda: not [c for c in made.hub.children() if c["spi-in"] in children.values()],
               "every child is rekeyed")
    ids = made.unique_ids()
    for name in made.spokes:
        made.hub.rekey(ike=name)
    wait_until(lambda: all(made.unique_ids().get(name, unique) != unique for name, unique in ids.items()),
               "every IKE_SA is rekeyed")
    made.wait_all_up()
    for name, stream in streams.items():
        sent, lost = stream.stop()
        require(lost <= ALLOWED_LOSS[name], f"{name}: {lost} of {sent} pings were lost")
