"""Several children below one IKE_SA, and selectors that the responder narrows."""

from swandlab import tunnel
from swandlab.failure import require
from swandlab.scenario import ALL_WAYS, scenario


@scenario("multiple-children", ALL_WAYS)
def multiple_children(lab):
    def children(side):
        return {"children": {
            "net4": {},
            "net6": {"local_ts": side.net6, "remote_ts": side.other.net6},
            "hosts": {"local_ts": f"{side.address}/32", "remote_ts": f"{side.other.address}/32",
                      "mode": "transport"},
        }}
    lab.site_to_site(moon=children(tunnel.MOON), sun=children(tunnel.SUN))
    for child in ("net4", "net6", "hosts"):
        lab.moon.initiate(child)
        lab.sun.wait_up(child)
    require(len(lab.moon.sas()) == 1, "the children do not share one IKE_SA")
    lab.ping_through(1)
    lab.alice.ping(tunnel.SUN.inner_host6)
    lab.moon.host.ping(tunnel.SUN.address)
    lab.moon.terminate(child="net6")
    require({child["name"] for child in lab.sun.children()} == {"net4", "hosts"}, "the wrong child was deleted")
    lab.ping_through(1)


@scenario("narrowing", ALL_WAYS)
def narrowing(lab):
    everything = {"local_ts": "10.0.0.0/8", "remote_ts": "10.0.0.0/8"}
    lab.site_to_site(moon={"child": everything})
    lab.moon.initiate("net")
    for peer, side in ((lab.moon, tunnel.MOON), (lab.sun, tunnel.SUN)):
        child = peer.wait_up("net")[0]
        selectors = (child["local-ts"], child["remote-ts"])
        require(selectors == ([side.net], [side.other.net]), f"{side.name}: narrowed to {selectors}")
    lab.ping_through(1)
