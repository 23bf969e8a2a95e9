"""The end of a run: both sides agree, every child carries traffic, one of each can be had, and nothing is left."""

import time

from chaos import faults
from chaos.agreement import View, problems
from chaos.plan import NETWORKS
from swandlab import kernel
from swandlab.failure import Failure, require


class Quiet:
    """Looks at a lab whose troubles are over."""

    def __init__(self, trouble):
        self.trouble = trouble
        self.lab, self.plan = trouble.lab, trouble.plan

    def check(self):
        trouble = self.trouble
        trouble.calm()
        trouble.wait_for_answers()
        self._check_effort()
        moon, sun = self.agree("after the troubles")
        self.carries_traffic(moon, sun)
        self.one_of_each()
        self.carries_traffic(*self.agree("with one of each", exact=True))
        self.end()

    def _check_effort(self):
        """Whatever happened: a daemon that waits most of the time uses little of the processor."""
        for peer in self.lab.peers:
            if peer.name == "swand":
                seconds, elapsed = peer.processor_seconds(), time.monotonic() - self.trouble.began
                self.trouble.say(f"swand on {peer.host.name} used {seconds:.2f} s of CPU in {elapsed:.0f} s")
                require(seconds < 1 + elapsed / 4, f"swand used {seconds:.2f} s of CPU in {elapsed:.0f} s")

    # Agreement

    def agree(self, when, exact=False, deadline=110):
        """Waits until nothing is wrong any more: between two rekeyings there is such a moment.

        A rekeyed IKE_SA whose delete a crash has swallowed is waited for for 90 s, by charon and by swand.
        """
        trouble = self.trouble
        trouble.say(f"agreement {when}?")
        end = time.monotonic() + deadline
        while True:
            trouble.poll()
            views = View.both(self.lab)
            found = problems(*views) + (self._surplus(*views) if exact else [])
            if not found:
                trouble.say(f"agreement {when}: {views[0].counts()}")
                return views
            if time.monotonic() > end:
                raise Failure(f"no agreement {when}: {'; '.join(found)}")
            trouble.wait(0.3)

    def _surplus(self, *views):
        found = []
        for view in (view for view in views if view.sas is not None):
            if len(view.sas) != 1 or view.counts() != {child: 1 for child in self.plan.children}:
                found.append(f"{view.name} has {len(view.sas)} IKE_SAs with {view.counts()}")
        return found

    # Traffic

    def carries_traffic(self, *views):
        """A child that both sides list carries pings both ways. One that goes meanwhile is not there to be asked."""
        def listed(child, views):
            return all(view.counts().get(child) for view in views if view.sas is not None)
        for child in self.plan.children:
            if not listed(child, views):
                continue
            lost = self._lost(child)
            if lost and listed(child, self.agree(f"after pings of {child} were lost")):
                lost = self._lost(child)
                require(not lost, f"{child} carries no traffic: {lost}")

    def _lost(self, child):
        _, _, alice, bob = NETWORKS[child]
        ways = ((self.lab.alice, alice, bob), (self.lab.bob, bob, alice))
        return [f"{lost} of 3 pings to {target} lost" for host, source, target in ways
                if (lost := host.ping_loss(target, 3, 0.1, wait=2, source=source))]

    # One of each

    def one_of_each(self):
        """What is missing is initiated, what is there twice loses its copies: by the side that the seed chose."""
        trouble, side = self.trouble, self._chosen_side()
        for _ in range(6):
            trouble.poll()
            # Another side's close action may be bringing up the same meanwhile.
            self.agree("before counting")
            view = View(trouble.sides[side])
            if step := self._missing(view):
                trouble.command(side, "initiate", **step, timeout="0")
            elif step := self._copies(View(trouble.sides[self._closing_side()])):
                trouble.command(self._closing_side(), "terminate", **step, timeout="0")
            else:
                return
            trouble.wait_for_answers(30)

    def _chosen_side(self):
        able = [side for side, peer in self.trouble.sides.items() if hasattr(peer, "control")]
        wanted = "moon" if self.plan.nat else self.plan.last
        return wanted if wanted in able else able[0]

    def _closing_side(self):
        """moon may have a close action, which brings back what sun closes."""
        return "moon" if hasattr(self.lab.moon, "control") else "sun"

    def _copies(self, view):
        """The oldest goes: a daemon whose configuration has changed does not use its IKE_SA for new children."""
        if len(view.sas) > 1:
            return {"ike-id": min((sa["uniqueid"] for sa in view.sas), key=int)}
        for name, count in view.counts().items():
            if count > 1:
                return {"child-id": min((c["uniqueid"] for c in view.children if c["name"] == name), key=int)}
        return None

    def _missing(self, view):
        return next(({"child": child, "init-limits": "no"} for child in self.plan.children if child not in view.counts()), None)

    # The end

    def end(self):
        first = self.trouble.sides[self.plan.last]
        for peer in (first, *[peer for peer in self.lab.peers if peer is not first]):
            self.trouble.away.add(peer.host.name)
            if not faults.stop(peer, self.trouble.say):
                continue
            left = ([f"{s.protocol} {s.spi:x}" for s in kernel.states(peer.host) if s.spi]
                    + [f"{p.direction} {p.source} {p.destination}" for p in kernel.policies(peer.host)]
                    + kernel.routes(peer.host))
            if peer.name in ("pluto", "iked"):
                self.trouble.say(f"{peer.name} left in the kernel: {left}")
                continue
            require(not left, f"{peer.name} on {peer.host.name} left in the kernel: {left}")
