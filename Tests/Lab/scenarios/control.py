"""Other people's clients of the control protocol drive swand, and our swanctl drives charon."""

import os
import signal
import socket
import subprocess

from swandlab.failure import Skipped, require, wait_until
from swandlab.scenario import SWAND_FIRST, scenario

PACKAGED = "/usr/sbin/swanctl"


def expect(output, *words):
    for word in words:
        require(word in output, f"{word!r} is missing in: {output}")


@scenario("vici-packaged-swanctl", SWAND_FIRST)
def packaged_swanctl(lab):
    """strongSwan's swanctl 5.9.8 with every command that a tunnel's life needs."""
    lab.moon.swanctl_binary = PACKAGED
    drive_with_swanctl(lab, lab.moon, lab.sun)


@scenario("own-swanctl", SWAND_FIRST)
def own_swanctl(lab):
    """Our swanctl with the same commands, on charon and on swand."""
    if not lab.job["own_swanctl"]:
        raise Skipped("swanctl is not built")
    for peer in lab.peers:
        peer.swanctl_binary = lab.job["own_swanctl"]
    drive_with_swanctl(lab, lab.moon, lab.sun)
    for peer in lab.peers:
        peer.stop()
    lab.site_to_site(auth="ecdsa256")
    lab.sun.swanctl("--initiate", "--child", "net")
    expect(lab.sun.swanctl("--list-sas"), "ESTABLISHED", "INSTALLED")


def drive_with_swanctl(lab, peer, other):
    lab.site_to_site(auth="ecdsa256")
    monitor = peer.host.popen(peer.swanctl_binary, "--monitor-sa", text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    wait_until(lambda: peer.host.run("true"), "a moment for the monitor")
    expect(peer.swanctl("--list-conns"), "gw: IKEv2", "local:  192.168.0.1", "remote: 192.168.0.2", "net: TUNNEL",
           "local:  10.1.0.0/16", "remote: 10.2.0.0/16")
    expect(peer.swanctl("--list-certs"), "CN=moon.strongswan.org", "CN=ca-ecdsa256", "has private key")
    expect(peer.swanctl("--initiate", "--child", "net"), "initiate completed successfully")
    expect(peer.swanctl("--list-sas"), "gw: #", "ESTABLISHED, IKEv2", "net: #", "INSTALLED, TUNNEL",
           "ESP:AES_GCM_16-128", "local  'moon.strongswan.org' @ 192.168.0.1", "remote 'sun.strongswan.org'",
           "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE_25519")
    expect(peer.swanctl("--list-sas", "--raw"), "list-sa event", "child-sas")
    expect(peer.swanctl("--stats"), "uptime:", "IKE_SAs: 1 total, 0 half-open")
    lab.ping_through(1)
    expect(peer.swanctl("--rekey", "--child", "net"), "rekey completed successfully")
    expect(peer.swanctl("--terminate", "--ike", "gw"), "terminate completed successfully")
    other.wait_down()
    code, output = peer.try_swanctl("--initiate", "--child", "nosuchchild")
    require(code != 0, f"swanctl succeeds for a child that does not exist: {output}")

    os.killpg(monitor.pid, signal.SIGTERM)
    seen, _ = monitor.communicate(timeout=10)
    require("ESTABLISHED" in seen or "gw" in seen, f"swanctl --monitor-sa saw nothing: {seen}")


@scenario("vici-events", SWAND_FIRST)
def events(lab):
    """The keys that programs rely on, counters, and the events of a tunnel's life."""
    lab.site_to_site()
    moon = lab.moon
    seen = moon.subscribe("ike-updown", "child-updown", "ike-rekey", "child-rekey", "log")
    moon.initiate("net")
    sa = moon.sas()[0]
    require(IKE_KEYS <= set(sa), f"list-sas lacks {IKE_KEYS - set(sa)}")
    child = sa["child-sas"][0]
    require(CHILD_KEYS <= set(child), f"a child of list-sas lacks {CHILD_KEYS - set(child)}")
    require((sa["version"], sa["state"], sa["initiator"]) == ("2", "ESTABLISHED", "yes"), f"list-sas says {sa}")
    require((child["mode"], child["protocol"], child["encr-alg"]) == ("TUNNEL", "ESP", "AES_GCM_16"),
            f"list-sas says {child}")
    lab.ping_through(2)
    child = moon.sas()[0]["child-sas"][0]
    require((child["packets-in"], child["packets-out"]) == ("4", "4"), f"the counters are wrong: {child}")

    moon.call("rekey", {"child": "net"})
    wait_until(lambda: "child-rekey" in names(seen), "event child-rekey")
    moon.call("rekey", {"ike": "gw"})
    wait_until(lambda: "ike-rekey" in names(seen), "event ike-rekey")
    moon.terminate("gw")
    lab.sun.wait_down()
    wait_until(lambda: {"ike-updown", "child-updown", "log"} <= names(seen), "events ike-updown, child-updown, log")
    ups = [content for name, content in seen.poll() if name == "ike-updown" and content.get("up") == "yes"]
    require(ups and "gw" in ups[0], f"ike-updown says {ups}")
    wait_until(lambda: [name for name, content in seen.poll() if name == "ike-updown" and content.get("up") != "yes"],
               "event ike-updown for the end")
    seen.close()


IKE_KEYS = {"uniqueid", "version", "state", "local-host", "local-port", "local-id", "remote-host", "remote-port",
            "remote-id", "initiator", "initiator-spi", "responder-spi", "encr-alg", "encr-keysize", "integ-alg",
            "prf-alg", "dh-group", "established", "rekey-time", "child-sas"}
CHILD_KEYS = {"name", "uniqueid", "reqid", "state", "mode", "protocol", "spi-in", "spi-out", "encr-alg",
              "encr-keysize", "bytes-in", "packets-in", "bytes-out", "packets-out", "rekey-time", "life-time",
              "install-time", "local-ts", "remote-ts"}


def names(seen):
    return {name for name, _ in seen.poll()}


@scenario("vici-python", SWAND_FIRST)
def python_client(lab):
    """The client that strongSwan publishes on PyPI."""
    try:
        import vici
    except ImportError:
        raise Skipped("the PyPI client is not installed")
    lab.site_to_site(auth="ecdsa256")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(lab.moon.host.path("/run/charon.vici"))
        connection.settimeout(30)
        session = vici.Session(connection)
        require("daemon" in session.version(), "version names no daemon")
        require(list(session.get_conns()["conns"]) == [b"gw"], "get-conns does not name the connection")
        logged = list(session.initiate({"child": "net", "timeout": "20000"}))
        require(logged, "initiate sends no control-log")
        sa = next(iter(session.list_sas()))["gw"]
        require(sa["state"] == b"ESTABLISHED", f"list-sas says {sa}")
        require(list(session.list_conns())[0]["gw"]["children"]["net"]["mode"] == b"TUNNEL", "list-conns")
        certificates = list(session.list_certs({"type": "ANY", "flag": "ANY"}))
        require(len(certificates) >= 2, f"list-certs has {len(certificates)} certificates")
        require(session.stats()["ikesas"]["total"] == b"1", "stats does not count the IKE_SA")
        try:
            session.initiate({"child": "nosuchchild"}).__next__()
            require(False, "initiate succeeds for a child that does not exist")
        except vici.exception.CommandException:
            pass
        list(session.terminate({"ike": "gw", "timeout": "10000"}))
    lab.sun.wait_down()
