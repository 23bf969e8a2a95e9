"""The kernel's lists under swand equal those under charon with the same configuration.

SPIs, keys, reqids and counters are apart; selectors, directions, priorities, templates, modes, algorithms, replay
windows, flags, the routes of table 220 and the rules that lead there are compared.
"""

import peers
from scenarios.crash import nothing_left
from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import EITHER_WAY, SWAND_FIRST, scenario


def lists(host):
    """What is compared, as lines of text."""
    lines = [f"policy {policy.shape()}" for policy in kernel.policies(host)]
    lines += [f"state {state.shape()}" for state in kernel.states(host)]
    lines += [f"rule {rule}" for rule in kernel.rules(host)]
    return sorted(lines + [f"route {route}" for route in kernel.routes(host)])


def compare(lab, initiate=True, **options):
    """Runs once with the peer under test and once with charon in its place."""
    subject = "moon" if lab.moon.name == "swand" else "sun"
    found = {}
    for implementation in ("swand" if "swand" in (lab.moon.name, lab.sun.name) else "charon", "charon"):
        host = lab.network[subject]
        setattr(lab, subject, peers.make(implementation, host, lab.job))
        lab.peers = (lab.moon, lab.sun)
        lab.site_to_site(**options)
        if initiate:
            lab.moon.initiate("net")
            lab.sun.wait_up("net")
        found.setdefault(implementation, []).append(lists(host))
        with open(f"{host.logs}/lists-{implementation}.txt", "w") as file:
            file.write("\n".join(lists(host)) + "\n")
        for peer in lab.peers:
            peer.stop()
        wait_until(lambda: nothing_left(lab.moon) and nothing_left(lab.sun), "the kernel's lists are empty again")
    ours, theirs = (found.get("swand") or found["charon"])[0], found["charon"][-1]
    missing = [line for line in theirs if line not in ours]
    surplus = [line for line in ours if line not in theirs]
    require(not missing and not surplus, f"missing: {missing}; surplus: {surplus}")
    require(ours, "the lists are empty: nothing was compared")


@scenario("kernel-lists-tunnel", EITHER_WAY)
def kernel_lists_tunnel(lab):
    compare(lab)


@scenario("kernel-lists-cbc-esn", EITHER_WAY)
def kernel_lists_cbc(lab):
    compare(lab, esp="aes256-sha384-esn", child={"replay_window": "64"})


@scenario("kernel-lists-transport", EITHER_WAY, lans=False)
def kernel_lists_transport(lab):
    compare(lab, child={"mode": "transport", "local_ts": "dynamic", "remote_ts": "dynamic[tcp/443]"})


@scenario("kernel-lists-ipv6", EITHER_WAY)
def kernel_lists_ipv6(lab):
    def networks(side):
        return {"child": {"local_ts": f"{side.net6},{side.net}", "remote_ts": f"{side.other.net6},{side.other.net}"}}
    compare(lab, v6=True, moon=networks(tunnel.MOON), sun=networks(tunnel.SUN))


@scenario("kernel-lists-trap", EITHER_WAY)
def kernel_lists_trap(lab):
    trap = {"child": {"start_action": "trap"}}
    compare(lab, initiate=False, moon=trap, sun=trap)


@scenario("kernel-lists-shunts", SWAND_FIRST)
def kernel_lists_shunts(lab):
    compare(lab, initiate=False, moon={"children": {
        "clear": {"mode": "pass", "local_ts": "10.1.0.0/16[tcp/22]", "remote_ts": "0.0.0.0/0[tcp]",
                  "start_action": "trap"},
        "local": {"mode": "pass", "local_ts": tunnel.MOON.net, "remote_ts": tunnel.MOON.net, "start_action": "trap"},
        "deny": {"mode": "drop", "local_ts": "dynamic", "remote_ts": f"{tunnel.SUN.net},{tunnel.SUN.net6}",
                 "priority": "1234", "start_action": "trap"},
    }})


@scenario("kernel-lists-interface", EITHER_WAY)
def kernel_lists_interface(lab):
    """Outbound policies that are restricted to an ordinary interface."""
    compare(lab, child={"interface": "eth0"})


@scenario("kernel-lists-ipcomp", EITHER_WAY)
def kernel_lists_ipcomp(lab):
    compare(lab, child={"ipcomp": "yes"})
