"""A seed chooses configuration, network and operations of two real gateways; in the end they must agree.

    Tests/Lab/run -k chaos-                        the seeds that every test run has
    Tests/Lab/run --seeds 100-199 -k chaos-        others
    Tests/Lab/run --seeds 17 --keep chaos-17       one, with the diary of what happened (moon.diary.txt)
"""

import os

from chaos.plan import Plan
from chaos.quiet import Quiet
from chaos.trouble import Trouble
from swandlab.scenario import EITHER_WAY, scenario

# What every test run has: each kind of peer and both roles.
USUAL = {39: "swand-charon", 17: "charon-swand", 204: "swand-pluto"}


def seeds():
    """`LAB_SEEDS`: one seed, or a range of them; each with the pair that plays it unless `--pair` names another."""
    text = os.environ.get("LAB_SEEDS")
    if not text:
        return USUAL
    first, _, last = text.partition("-")
    return {number: EITHER_WAY[number % 2] for number in range(int(first), int(last or first) + 1)}


def play(seed):
    def run(lab):
        other = next((peer.name for peer in lab.peers if peer.name in ("pluto", "iked")), None)
        plan = Plan(seed, other)
        prepare(lab)
        lab.site_to_site(**plan.options())
        trouble = Trouble(lab, plan)
        trouble.run()
        Quiet(trouble).check()
    return run


def prepare(lab):
    """A second network behind each gateway."""
    for gateway, host, net in ((lab.moon.host, lab.alice, 11), (lab.sun.host, lab.bob, 12)):
        gateway.must("ip", "address", "add", f"10.{net}.0.1/16", "dev", "eth1")
        host.must("ip", "address", "add", f"10.{net}.0.10/16", "dev", "eth0")


for number, pair in seeds().items():
    scenario(f"chaos-{number}", (pair,), limit=400, nat=Plan(number).nat)(play(number))
