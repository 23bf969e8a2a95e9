"""Policies without a tunnel: traffic that passes in the clear, and traffic that is dropped."""

from swandlab import kernel, tunnel
from swandlab.failure import require
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
