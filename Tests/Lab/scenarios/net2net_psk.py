"""The plainest tunnel: two gateways, a shared key, LAN to LAN."""

from swandlab.failure import wait_until
from swandlab.scenario import ALL_WAYS, scenario


@scenario("net2net-psk", ALL_WAYS)
def net2net_psk(lab):
    lab.site_to_site()
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through()
    lab.check_wire()
    lab.moon.terminate("gw")
    lab.sun.wait_down()


@scenario("net2net-defaults", ALL_WAYS)
def net2net_defaults(lab):
    """No proposals in either configuration: both agree on their defaults, also when they rekey."""
    lab.site_to_site(ike="default", esp="default")
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    lab.ping_through()
    for what in ({"child": "net"}, {"ike": "gw"}):
        for side in (lab.moon, lab.sun):
            before = {(sa["initiator-spi"], child["spi-in"]) for sa in lab.moon.sas() for child in sa["child-sas"]}
            side.call("rekey", what)
            wait_until(lambda: one_pair(lab.moon) not in (None, *before) and one_pair(lab.sun) is not None,
                       f"rekeying of {what}")
            lab.ping_through(1)


def one_pair(peer):
    """The SPIs of the only IKE_SA and its only CHILD_SA; none while a rekeying is under way."""
    sas = [sa for sa in peer.sas() if sa["state"] == "ESTABLISHED"]
    children = [child for sa in sas for child in sa["child-sas"] if child["state"] == "INSTALLED"]
    return (sas[0]["initiator-spi"], children[0]["spi-in"]) if len(sas) == len(children) == 1 else None
