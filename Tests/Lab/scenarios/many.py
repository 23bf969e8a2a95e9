"""Hundreds of tunnels between two gateways: all at once up, rekeyed, down, and after a restart; and what they cost."""

import time

from chaos.pending import Pending
from peers.vici_peer import render
from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import SWAND_FIRST, scenario

FEW, MANY = 20, 200
# One processor works for both gateways: what is slow is not lost.
SETTINGS = {"retransmit_timeout": "8.0", "retransmit_base": "1.4", "retransmit_tries": "4", "delete_rekeyed_delay": "1",
            "half_open_timeout": "120", "cookie_threshold": "1000", "block_threshold": "1000"}


def connections(side, first, last, start_action="none"):
    """Tunnels between single addresses; identities tell them apart."""
    return {f"c{number}": {
        "version": 2, "proposals": "aes128-sha256-x25519",
        "local_addrs": side.address, "remote_addrs": side.other.address,
        "local": {"auth": "psk", "id": f"c{number}.{side.identity}"},
        "remote": {"auth": "psk", "id": f"c{number}.{side.other.identity}"},
        "children": {f"c{number}": {
            "esp_proposals": "aes128gcm16", "start_action": start_action,
            "local_ts": _address(side, number), "remote_ts": _address(side.other, number)}},
    } for number in range(first, last)}


def _address(side, number):
    network = side.net.split(".")[1]
    return f"10.{network}.{number // 200 + 1}.{number % 200 + 1}/32"


def configure(lab, count, start_action="none"):
    for peer, side in ((lab.moon, tunnel.MOON), (lab.sun, tunnel.SUN)):
        actions = start_action if peer is lab.moon else "none"
        peer.configure(render({"connections": connections(side, 0, count, actions),
                               "secrets": {"ike-all": {"secret": tunnel.SECRET}}}), settings=SETTINGS)


def all_at_once(peer, command, requests, deadline=90):
    """Sends every request before the first answer is read; all must succeed. charon has a thread for each command
    that waits, and not as many: it is not asked to tell the end."""
    wait = "0" if peer.name == "swand" else "-1"
    left = list(requests)
    pending = []

    def answered():
        # A full backlog of the control socket refuses for the moment.
        while left and (one := Pending(peer, command, left[0] | {"timeout": wait})).is_under_way:
            pending.append(one)
            left.pop(0)
        return not left and all(one.ended() for one in pending)
    wait_until(answered, f"{len(requests)} commands {command} are answered", deadline, 0.1)
    failed = [one.outcome for one in pending if not one.outcome.startswith("done")]
    require(not failed, f"{len(failed)} of {len(requests)} commands {command} failed, such as: {failed[:1]}")


def counts(peer):
    sas = peer.sas()
    return (len([sa for sa in sas if sa["state"] == "ESTABLISHED"]), len(sas),
            len([c for sa in sas for c in sa["child-sas"] if c["state"] == "INSTALLED"]),
            sum(len(sa["child-sas"]) for sa in sas))


def wait_count(lab, count, deadline=90):
    """`count` IKE_SAs with a child each, nothing besides, and as many SAs in each kernel."""
    for peer in lab.peers:
        wait_until(lambda: counts(peer) == (count,) * 4, f"{peer.host.name} has {count} tunnels ({counts(peer)})",
                   deadline, 0.5)
    spis = [{state.spi for state in kernel.states(peer.host)} for peer in lab.peers]
    require(len(spis[0]) == 2 * count and spis[0] == spis[1],
            f"the kernels have {len(spis[0])} and {len(spis[1])} SAs for {count} tunnels, {len(spis[0] ^ spis[1])} unshared")


def life(lab, peer, count):
    """Up, rekeyed and down: by `peer`. Returns what that cost swand."""
    swand = lab.role("swand")
    before = swand.processor_seconds()
    names = [f"c{number}" for number in range(count)]
    all_at_once(peer, "initiate", [{"child": name, "init-limits": "no"} for name in names])
    wait_count(lab, count)
    first = {child["spi-in"] for child in peer.children()}
    all_at_once(peer, "rekey", [{"child": name} for name in names])
    wait_until(lambda: not first & {child["spi-in"] for child in peer.children()}, "all children are rekeyed", 90, 0.5)
    first = {sa["initiator-spi"] for sa in peer.established()}
    all_at_once(peer, "rekey", [{"ike": name} for name in names])
    wait_until(lambda: not first & {sa["initiator-spi"] for sa in peer.established()}, "all IKE_SAs are rekeyed", 90, 0.5)
    wait_count(lab, count)
    all_at_once(peer, "terminate", [{"ike": name} for name in names])
    wait_count(lab, 0)
    return swand.processor_seconds() - before


@scenario("many-tunnels", SWAND_FIRST, limit=400, lans=False)
def many_tunnels(lab):
    """Ten times the tunnels cost ten times the time, and not the square of it."""
    configure(lab, MANY)
    lab.start()
    few = life(lab, lab.moon, FEW)
    many = life(lab, lab.moon, MANY)
    lab.say(f"swand: {few:.2f} s for {FEW} tunnels, {many:.2f} s for {MANY}")
    require(many < 2 * max(few, 0.3) * MANY / FEW, f"{MANY} tunnels cost {many:.2f} s, {FEW} cost {few:.2f} s")


@scenario("many-tunnels-restart", SWAND_FIRST, limit=300, lans=False)
def many_tunnels_restart(lab):
    """moon is stopped with all its tunnels up, and brings them up by itself at its next start."""
    configure(lab, MANY, "start")
    # sun first: moon asks as soon as it has its connections, and once.
    for peer in reversed(lab.peers):
        peer.start()
        peer.load()
    wait_count(lab, MANY)
    lab.moon.stop()
    require(not kernel.states(lab.moon.host) and not kernel.policies(lab.moon.host), "moon left SAs or policies")
    lab.sun.wait_down(60)
    lab.moon.start()
    lab.moon.load()
    wait_count(lab, MANY)
    idle(lab)
    for peer in lab.peers:
        peer.stop()
        require(not kernel.states(peer.host) and not kernel.policies(peer.host), f"{peer.host.name} left SAs or policies")


def idle(lab):
    """With all tunnels up and nothing to do, swand does nothing."""
    swand = lab.role("swand")
    before, began = swand.processor_seconds(), time.monotonic()
    wait_until(lambda: time.monotonic() - began > 3, "three seconds of idleness")
    used = swand.processor_seconds() - before
    require(used < 0.2, f"swand used {used:.2f} s of CPU in three idle seconds")
