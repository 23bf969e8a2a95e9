"""Policies without a tunnel: traffic that passes in the clear, and traffic that is dropped."""

from swandlab import kernel, tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import SWAND_FIRST, scenario


@scenario("shunts", SWAND_FIRST)
def shunts(lab):
    own, other = tunnel.MOON.address, tunnel.SUN.address
    lab.site_to_site(moon={"children": {
        "protect": {"mode": "transport", "local_ts": f"{own}/32", "remote_ts": f"{other}/32", "start_action": "trap"},
        "clear": {"mode": "pass", "local_ts": f"{own}/32[icmp]", "remote_ts": f"{other}/32[icmp]",
                  "start_action": "trap"},
        "deny": {"mode": "drop", "local_ts": tunnel.MOON.net, "remote_ts": f"{other}/32", "start_action": "trap"},
    }})
    # Without a source address ping looks for one with a UDP socket, and that would meet the trap.
    lab.moon.host.ping(other, 2, source=own)
    require(not lab.moon.sas(), "traffic of a pass shunt brought a tunnel up")
    require(lab.alice.ping_loss(other, 2, wait=1) == 2, "traffic of a drop shunt went through")
    actions = {policy.action for policy in kernel.policies(lab.moon.host) if not policy.templates}
    require("block" in actions, f"no blocking policy in the kernel, only {actions}")

    listed = lab.moon.swanctl("--list-pols")
    for words in ("clear", "PASS", "deny", "DROP", "protect"):
        require(words in listed, f"swanctl --list-pols does not show {words}: {listed}")
    lab.moon.call("uninstall", {"child": "deny"})
    lab.moon.call("uninstall", {"child": "clear"})
    require(not [policy for policy in kernel.policies(lab.moon.host) if not policy.templates], "a shunt is left")


@scenario("shunt-priority", SWAND_FIRST)
def shunt_priority(lab):
    """Which policy decides where a trap, a pass and a drop shunt meet: the class, then the selectors, unless `priority` says."""
    own, other = tunnel.MOON, tunnel.SUN
    lab.site_to_site(
        moon={"children": {
            "net": {"start_action": "trap"},
            # Worse than the trap, whatever its selectors.
            "deny": {"mode": "drop", "local_ts": f"{own.net}[icmp]", "remote_ts": f"{other.net}[icmp]", "start_action": "trap"},
            # Only by hand, and before everything.
            "stop": {"mode": "drop", "local_ts": own.net, "remote_ts": f"{other.inner_host}/32[icmp]", "priority": "100"},
            "deny6": {"mode": "drop", "local_ts": f"{own.address6}/128", "remote_ts": f"{other.address6}/128,fec2::/16",
                      "start_action": "trap"},
            "clear6": {"mode": "pass", "local_ts": f"{own.address6}/128[ipv6-icmp]",
                       "remote_ts": f"{other.address6}/128[ipv6-icmp]", "start_action": "trap"}}},
        sun={"children": {"net": {}}})
    wait_until(lambda: lab.alice.ping_loss(other.inner_host, wait=1) == 0, "the trap is stronger than a drop shunt")
    lab.moon.host.ping(other.address6, source=own.address6)
    require(lab.moon.host.ping_loss(other.inner_host6, wait=1, source=own.address6) == 1, "a second selector of a drop shunt does not hold")

    lab.moon.swanctl("--install", "--child", "stop")
    require(lab.alice.ping_loss(other.inner_host, 2, wait=1) == 2, "a drop shunt with a priority of its own is too weak")
    require([policy for policy in kernel.policies(lab.moon.host) if policy.priority == 100], "there is no policy of priority 100")
    lab.moon.swanctl("--uninstall", "--child", "stop")
    wait_until(lambda: lab.alice.ping_loss(other.inner_host, wait=1) == 0, "the tunnel carries traffic again")
    code, words = lab.moon.try_swanctl("--uninstall", "--child", "stop")
    require(code != 0, f"a shunt can be taken away twice: {words}")
