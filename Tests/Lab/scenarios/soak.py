"""A hub with spokes of every kind and with lifetimes of seconds, under steady traffic, for as long as one likes.

    Tests/Lab/run soak                             a quarter of a minute
    LAB_SOAK_SECONDS=600 Tests/Lab/run soak        ten minutes
"""

import os
import time

from scenarios.hub import ALLOWED_LOSS, SETTINGS, TUNNELS
from swandlab.failure import require, wait_until
from swandlab.scenario import scenario
from swandlab.star import SPOKES, Star

SECONDS = int(os.environ.get("LAB_SOAK_SECONDS", "15"))
SHORT = {"rekey_time": "9s", "over_time": "30s", "rand_time": "2s", "dpd_delay": "3s", "unique": "replace"}
SHORT_CHILD = {"rekey_time": "4s", "life_time": "40s", "rand_time": "1s", "start_action": "start",
               "dpd_action": "restart", "close_action": "start"}
HUB = {
    # Make before break: charon takes part in it without knowing.
    "sun": {"connection": SHORT | {"reauth_time": "31s", "over_time": "12s"}, "child": SHORT_CHILD},
    "mars": {"connection": SHORT, "child": SHORT_CHILD},
    "venus": {"connection": SHORT, "child": SHORT_CHILD},
}


class Gauges:
    """Memory, descriptors and processor time of the hub, from /proc."""

    def __init__(self, peer):
        self.peer = peer
        self.pid = peer.process.pid
        self.samples = []

    def read(self):
        with open(f"/proc/{self.pid}/status") as file:
            resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        descriptors = len(os.listdir(f"/proc/{self.pid}/fd"))
        self.samples.append((time.monotonic(), resident, descriptors, self.peer.processor_seconds()))

    def check(self):
        """The second half against the end of the first: what grows without end shows there."""
        half = len(self.samples) // 2
        memory = [sample[1] for sample in self.samples]
        descriptors = [sample[2] for sample in self.samples]
        grown = max(memory[half:]) - max(memory[:half])
        require(grown < 2048, f"swand's resident memory grew by {grown} KB in the second half: {memory[::max(1, half // 8)]}")
        require(max(descriptors[half:]) <= max(descriptors[:half]), f"swand's descriptors grow: {descriptors}")
        share = (self.samples[-1][3] - self.samples[0][3]) / (self.samples[-1][0] - self.samples[0][0])
        return f"{memory[0]} to {memory[-1]} KB, {descriptors[0]} to {descriptors[-1]} descriptors, {share:.1%} of a CPU"


@scenario("soak", ("swand-charon",), limit=SECONDS + 150, usual=False, spokes=SPOKES)
def soak(lab):
    made = Star(lab, TUNNELS, HUB, SETTINGS | {"make_before_break": "yes"})
    made.start()
    made.wait_all_up()
    gauges = Gauges(made.hub)
    streams = {name: lab.alice.start_ping(made.inner(name), 0.05) for name in made.spokes}
    began, seen = time.monotonic(), {name: set() for name in made.spokes}

    def over():
        gauges.read()
        for child in made.hub.children():
            seen[child["name"]].add(child["spi-in"])
        return time.monotonic() - began > SECONDS
    wait_until(over, "the soak's time", SECONDS + 60, 1)

    results = {name: stream.stop() for name, stream in streams.items()}
    # With lifetimes of seconds there is no moment at which all of them are at rest.
    made.ping_all()
    lab.say(f"{SECONDS} s: swand {gauges.check()}; "
            + ", ".join(f"{name} {lost} of {sent} lost with {len(seen[name])} CHILD_SAs"
                        for name, (sent, lost) in results.items()))
    for name, (sent, lost) in results.items():
        require(len(seen[name]) >= SECONDS / 10, f"{name}: only {len(seen[name])} CHILD_SAs")
        # Each rekeying may lose what the other implementation is known to lose.
        require(lost <= ALLOWED_LOSS[name] * len(seen[name]), f"{name}: {lost} of {sent} pings were lost")
