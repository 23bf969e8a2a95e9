"""Plays tables of bad messages against a daemon and judges it by its answers, its counters and what it keeps."""

from dataclasses import dataclass
from typing import Callable

from cryptography.exceptions import InvalidTag

from puppet import octets
from swandlab.failure import require

# What may be expected instead of the number of an error notify.
SILENCE, GOOD = None, "good"
# What becomes of the IKE_SA that a message was sent in.
KEPT, GONE, NONE, OPENED = "kept", "gone", "none", "opened"


@dataclass(frozen=True)
class Case:
    """One bad message: `make` is given an IKE_SA of the puppet's and returns a datagram or several."""
    name: str
    make: Callable
    #: SILENCE, GOOD, the type of a notify, or its type and data.
    answer: object = SILENCE
    #: By how much the counters of invalid messages grow.
    counted: int = 1
    left: str = KEPT
    #: The message takes a message ID, so that the next one has another.
    takes_id: bool = False


class Bench:
    """The daemon under test, a good peer that shows that it still serves, and the failures so far."""

    def __init__(self, daemon, puppet):
        self.daemon, self.puppet = daemon, puppet
        self.failures = []
        self.played = 0
        self.good = {marked: puppet.established(puppet.wire(port, marked=marked), child=False)
                     for marked, port in ((False, 501), (True, 4501))}

    # The daemon's view

    def barrier(self, wire):
        """When this returns, the daemon has dealt with everything that was sent to the port before."""
        require(self.good[wire.marked].is_alive(), "the good peer is not answered")

    def invalid(self):
        counters = self.daemon.call("get-counters")["counters"][""]
        return sum(int(counters[name]) for name in ("invalid", "invalid-spi"))

    def sas(self):
        stats = self.daemon.call("stats")["ikesas"]
        return int(stats["total"]), int(stats["half-open"])

    def memory(self):
        """Resident KB."""
        with open(f"/proc/{self.daemon.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    # Playing

    def play(self, case, sa, marked=None):
        """Returns whether the IKE_SA may be used again."""
        self.played += 1
        sa.wire.pending()
        before, counted = self.sas(), self.invalid()
        datagrams = case.make(sa)
        for datagram in [datagrams] if isinstance(datagrams, bytes) else datagrams:
            sa.wire.send(datagram, marked=marked)
        self.barrier(sa.wire)
        answer = self.describe(sa, sa.wire.pending())
        if answer != case.answer and not (isinstance(answer, tuple) and answer[0] == case.answer):
            self.fail(case, f"answer {case.answer}", answer)
        after, now_counted = self.sas(), self.invalid()
        if now_counted - counted != case.counted:
            self.fail(case, f"{case.counted} invalid messages counted", now_counted - counted)
        change = {KEPT: 0, NONE: 0, OPENED: 1, GONE: -1}[case.left]
        if after[0] - before[0] != change:
            self.fail(case, f"a change of {change} IKE_SAs", after[0] - before[0])
        require(self.daemon.alive(), f"{case.name}: the daemon died: {self.daemon.log_tail()}")
        if case.takes_id:
            sa.next_id += 1
        return after[0] - before[0] in (0, 1)

    def describe(self, sa, datagrams):
        """SILENCE, GOOD, (error, data) or words."""
        if not datagrams:
            return SILENCE
        if len(set(datagrams)) > 1:
            return f"{len(datagrams)} different answers"
        try:
            parsed = sa.open(datagrams[0])
        except InvalidTag:
            return "an answer that is not authentic"
        if not parsed.is_response:
            return f"a request of type {parsed.exchange}"
        if parsed.error is not None:
            return parsed.error, parsed.notifies()[parsed.error]
        return GOOD

    def fail(self, case, expected, found):
        self.failures.append(f"{case.name}: expected {expected}, found {found}")

    def conclude(self):
        for wire in [good.wire for good in self.good.values()]:
            self.barrier(wire)
        require(not self.failures, f"{len(self.failures)} of {self.played} cases:\n  " + "\n  ".join(self.failures))

    # Tables

    def play_first(self, cases):
        """Messages before there is an IKE_SA; one that opens it is completed, since nothing was wrong with it."""
        for case in cases:
            sa = self.puppet.sa()
            self.play(case, sa)
            if case.left == OPENED:
                self.complete(case, sa)

    def complete(self, case, sa):
        """The IKE_SA comes up, carries a request and is deleted."""
        response = self.retransmitted_init(sa)
        if response is None or response.body(octets.SA) is None:
            return self.fail(case, "an IKE_SA that can be completed", response and response.notifies())
        sa.agree(response)
        self.finish(case, sa)

    def retransmitted_init(self, sa):
        sa.wire.send(sa.first_sent)
        datagram = sa.wire.receive()
        return datagram and octets.Parsed(datagram)

    def finish(self, case, sa):
        response = sa.authenticate(child=False)
        if response.error is not None:
            return self.fail(case, "an IKE_SA that comes up", response.notifies())
        sa.end()

    def play_half_open(self, cases):
        """Messages after IKE_SA_INIT: what they leave must still be completed by a good IKE_AUTH."""
        for case in cases:
            sa = self.puppet.sa().begin()
            reusable = self.play(case, sa)
            if case.left == KEPT and reusable and not case.takes_id:
                self.finish(case, sa)
            elif case.takes_id and reusable:
                sa.end()

    def play_on_4500(self, cases):
        """Datagrams to the port that ESP shares: as they stand, without a marker."""
        for case in cases:
            self.play(case, self.puppet.sa(self.puppet.wire(4500)), marked=False)

    def play_cut(self, cut):
        """Every prefix of a good IKE_SA_INIT request: with the length of the whole one, and with its own."""
        for fix_length in (False, True):
            for datagrams in _batches(cut(self.puppet.sa(), fix_length)):
                self.play_silent_or_refused(datagrams, self.puppet.sa())

    def play_cut_protected(self, cut):
        sa = self.puppet.sa().begin()
        for datagrams in _batches(cut(sa)):
            self.play(Case("a request that is cut", lambda _: datagrams, counted=len(datagrams)), sa)
        self.finish(Case("after requests that are cut", cut), sa)

    def play_silent_or_refused(self, datagrams, sa):
        """Each of the datagrams is counted once, and at most one answer comes back for it."""
        counted = self.invalid()
        for datagram in datagrams:
            sa.wire.send(datagram)
        self.barrier(sa.wire)
        case = Case(f"cut to {len(datagrams[0])} octets and more", None)
        answers = [octets.Parsed(answer).error for answer in sa.wire.pending()]
        if set(answers) - {octets.INVALID_SYNTAX} or len(answers) > len(datagrams):
            self.fail(case, "silence or INVALID_SYNTAX", answers)
        # One octet is a keepalive, which means nothing.
        expected = sum(len(datagram) != 1 for datagram in datagrams)
        if self.invalid() - counted != expected:
            self.fail(case, f"{expected} invalid messages counted", self.invalid() - counted)

    def play_established(self, cases, **options):
        """Messages in an IKE_SA that is up; it is used until one of them ends it."""
        sa = None
        for case in cases:
            sa = sa or self.puppet.established(self.puppet.wire(), **options)
            if not self.play(case, sa):
                sa = None
            elif case.left == GONE:
                sa.end()
                sa = None
            elif not sa.is_alive():
                self.fail(case, "an IKE_SA that goes on", "silence")
                sa = None
        if sa:
            sa.end()


def _batches(datagrams, size=24):
    return [datagrams[start:start + size] for start in range(0, len(datagrams), size)]
