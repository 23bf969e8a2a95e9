"""Who may set up which IKE_SA: cookies, childless SAs, uniqueness, reauthentication, choice of the connection."""

import base64
import socket

from scenarios.limits import restart
from swandlab import tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import EITHER_WAY, scenario

COOKIE = "16390"


@scenario("cookie", EITHER_WAY)
def cookie(lab):
    """Half-open IKE_SAs make the responder ask for a cookie, and the initiator sends it."""
    lab.site_to_site(sun_settings={"cookie_threshold": "1", "cookie_threshold_ip": "1"})
    lab.moon.initiate("net")
    request = lab.udp_payloads(500)[0]
    lab.moon.terminate(ike="gw")
    lab.sun.wait_down()
    with lab.moon.host.namespaces.inside():
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.sendto(bytes(range(1, 9)) + request[8:], (tunnel.SUN.address, 500))
    wait_until(lambda: lab.sun.call("stats")["ikesas"]["half-open"] == "1", "a half-open IKE_SA")
    stranger.close()
    lab.moon.initiate("net")
    lab.ping_through(1)
    notifies = ",".join(packet["isakmp.notify.msgtype"] for packet in lab.dissect())
    require(notifies.split(",").count(COOKIE) >= 2, f"no cookie was asked for and sent: {notifies}")


# What moon and sun say, and whether the child comes up within IKE_AUTH, in an exchange of its own, or not at all.
CHILDLESS = (("allow", "allow", "at once"), ("prefer", "allow", "later"), ("prefer", "never", "at once"),
             ("force", "force", "later"), ("allow", "force", "refused"), ("force", "never", "refused"))


@scenario("childless", EITHER_WAY)
def childless(lab):
    lab.site_to_site()
    for moon, sun, expected in CHILDLESS:
        if moon == "prefer" and lab.moon.name == "charon":
            continue  # 5.9.8 does not know the word yet
        restart(lab, moon={"connection": {"childless": moon}}, sun={"connection": {"childless": sun}})
        before = create_child_requests(lab)
        failure = lab.moon.try_initiate("net")
        case = f"moon {moon}, sun {sun}"
        require((failure is not None) == (expected == "refused"), f"{case}: {failure or 'the child came up'}")
        if expected != "refused":
            lab.ping_through(1)
            require((create_child_requests(lab) > before) == (expected == "later"),
                    f"{case}: the child did not come up {expected}")


def create_child_requests(lab):
    return sum(payload[4:][18] == 36 for payload in lab.udp_payloads(4500) if payload[:4] == bytes(4))


@scenario("unique", EITHER_WAY)
def unique(lab):
    """A second IKE_SA with the same identities and another address, under each policy of the responder."""
    lab.site_to_site(settings={"reuse_ikesa": "no"})
    lab.moon.host.must("ip", "address", "add", "192.168.0.11/24", "dev", "eth0")
    for policy, left in (("replace", 1), ("keep", 1), ("no", 2)):
        anywhere = {"unique": policy, "remote_addrs": "%any"}
        restart(lab, moon={"connection": {"unique": "never"}}, sun={"connection": anywhere})
        lab.moon.initiate("net")
        first = lab.sun.established()[0]["initiator-spi"]
        second = tunnel.vici_connections(tunnel.Tunnel(tunnel.MOON, connection={
            "unique": "never", "local_addrs": "192.168.0.11"}))["gw"]
        second["children"] = {"again": second["children"]["net"]}
        lab.moon.call("load-conn", {"second": second})
        failure = lab.moon.try_initiate("again")
        require((failure is not None) == (policy == "keep"), f"unique={policy}: {failure or 'the second came up'}")
        wait_until(lambda: len(lab.sun.established()) == left, f"{left} IKE_SA is left with unique={policy}")
        present = {sa["initiator-spi"] for sa in lab.sun.established()}
        require((first in present) == (policy != "replace"), f"unique={policy} left the wrong IKE_SA")
        lab.moon.call("unload-conn", {"name": "second"})
        for name in {sa["name"] for sa in lab.moon.sas()}:
            lab.moon.terminate(ike=name)


def reauthenticated(lab):
    """Pings meanwhile: (sent, lost)."""
    lab.moon.initiate("net")
    seen = {sa["initiator-spi"] for sa in lab.moon.established()}
    stream = lab.alice.start_ping(tunnel.SUN.inner_host)

    def look():
        seen.update(sa["initiator-spi"] for sa in lab.moon.established())
        return len(seen) >= 3
    wait_until(look, "two reauthentications")
    result = stream.stop()
    lab.replace(moon={"connection": {"reauth_time": "0"}})
    wait_until(lambda: len(lab.moon.established()) == 1 and len(lab.sun.established()) == 1, "one IKE_SA is left")
    wait_until(lambda: lab.alice.ping_loss(tunnel.SUN.inner_host, 1, wait=1) == 0, "the tunnel carries a ping")
    return result


REAUTHENTICATION = {"connection": {"reauth_time": "2s", "rekey_time": "0", "over_time": "60s", "rand_time": "0s"}}


@scenario("reauthentication-make-before-break", EITHER_WAY)
def make_before_break(lab):
    lab.site_to_site(settings={"make_before_break": "yes"}, moon=REAUTHENTICATION,
                     sun={"connection": {"unique": "keep"}})
    sent, lost = reauthenticated(lab)
    # The responder sends on the new SA before the initiator has read of it: what is under way just then is lost.
    require(lost < sent / 20, f"{lost} of {sent} pings were lost")


@scenario("reauthentication-break-before-make", EITHER_WAY)
def break_before_make(lab):
    lab.site_to_site(settings={"make_before_break": "no"}, moon=REAUTHENTICATION)
    sent, lost = reauthenticated(lab)
    require(lost < sent / 2, f"{lost} of {sent} pings were lost")


@scenario("choice-of-connection", EITHER_WAY)
def choice_of_connection(lab):
    """Three connections of the responder for any address, told apart by the initiator's identity."""
    lab.site_to_site()
    names = ("carol", "dave", "erin")
    for peer in lab.peers:
        peer.call("load-shared", {"id": "any", "type": "IKE", "data": base64.b64decode(tunnel.SECRET[2:])})
    for name in names:
        one = tunnel.vici_connections(tunnel.Tunnel(
            tunnel.SUN, connection={"remote_addrs": "%any"}, remote={"id": f"{name}@strongswan.org"}))
        lab.sun.call("load-conn", {name: one["gw"]})
    lab.sun.call("unload-conn", {"name": "gw"})
    for name in names + ("mallory",):
        restart_moon(lab, name)
        failure = lab.moon.try_initiate("net")
        if name in names:
            require(failure is None, f"{name} was refused: {failure}")
            found = [sa["name"] for sa in lab.sun.established()]
            require(found == [name], f"{name} got the connection {found}")
        else:
            require(failure is not None, "a stranger was let in")


def restart_moon(lab, name):
    if lab.moon.sas():
        lab.moon.terminate(ike="gw")
    wait_until(lambda: not lab.sun.sas(), "no IKE_SA left")
    own = tunnel.vici_connections(tunnel.Tunnel(tunnel.MOON, local={"id": f"{name}@strongswan.org"}))
    lab.moon.call("load-conn", own)
