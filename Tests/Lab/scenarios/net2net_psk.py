"""The plainest tunnel: two gateways, a shared key, LAN to LAN."""

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
