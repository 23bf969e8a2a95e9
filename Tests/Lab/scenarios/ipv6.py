"""IPv6 outside, inside, and both."""

from swandlab import tunnel
from swandlab.scenario import ALL_WAYS, EITHER_WAY, scenario


@scenario("ipv6-in-ipv6", ALL_WAYS)
def ipv6_in_ipv6(lab):
    lab.site_to_site(v6=True, moon={"child": _networks6(tunnel.MOON)}, sun={"child": _networks6(tunnel.SUN)})
    lab.moon.initiate("net")
    lab.alice.ping(tunnel.SUN.inner_host6, 2)
    lab.check_wire()


@scenario("ipv6-in-ipv4", EITHER_WAY)
def ipv6_in_ipv4(lab):
    lab.site_to_site(moon={"child": _networks6(tunnel.MOON)}, sun={"child": _networks6(tunnel.SUN)})
    lab.moon.initiate("net")
    lab.alice.ping(tunnel.SUN.inner_host6, 2)


@scenario("ipv4-in-ipv6", EITHER_WAY)
def ipv4_in_ipv6(lab):
    lab.site_to_site(v6=True)
    lab.moon.initiate("net")
    lab.ping_through()


def _networks6(side):
    return {"local_ts": side.net6, "remote_ts": side.other.net6}
