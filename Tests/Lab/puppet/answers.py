"""Bad answers: the daemon begins, and the puppet's responses are forged, malformed, or not what was asked for.

Each case names what it does with the daemon's IKE_SA_INIT and IKE_AUTH requests: a function that is given the IKE_SA
and the request, and returns the datagrams that go back.
"""

import os
import threading
from dataclasses import dataclass
from typing import Callable

from cryptography.exceptions import InvalidTag

from puppet import keys, octets
from puppet.octets import (AUTH, AUTHENTICATION, AUTHENTICATION_FAILED, CRITICAL, ESP_PROTOCOL, IDR, IKE_PROTOCOL, INIT,
                           INVALID_KE_PAYLOAD, INVALID_MAJOR_VERSION, INVALID_SYNTAX, KE, NO_PROPOSAL_CHOSEN, NONCE, SA,
                           TSI, TSR, UNKNOWN, UNSUPPORTED_CRITICAL_PAYLOAD, VENDOR)
from swandlab import kernel
from swandlab.failure import require, wait_until

UP, NO_CHILD, FAILS = "up", "no child", "fails"


def good_init(sa, request):
    return [sa.init_response()]


def good_auth(sa, request):
    return [sa.auth_response(request)]


@dataclass(frozen=True)
class Answers:
    name: str
    init: Callable = good_init
    auth: Callable = good_auth
    outcome: str = UP
    #: How many requests for IKE_SA_INIT are answered.
    rounds: int = 1


class Responder:
    """Plays the answers of a case to a daemon that is told to bring its connection up."""

    def __init__(self, daemon, puppet):
        self.daemon, self.puppet = daemon, puppet
        self.wire = puppet.wire()
        self.failures = []

    def play(self, case):
        self.wire.pending()
        # What is left of the case before must not be taken for the beginning of this one.
        require(not self.daemon.sas(), f"before {case.name}: an IKE_SA is left")
        failure = self.serve(case, lambda: self.daemon.try_initiate("net", timeout=12))
        sas = self.daemon.established()
        children = [child["state"] for sa in sas for child in sa["child-sas"]]
        found = UP if failure is None and children == ["INSTALLED"] else NO_CHILD if sas else FAILS
        if found != case.outcome:
            self.failures.append(f"{case.name}: expected {case.outcome}, found {found} ({failure})")
        if sas:
            self.serve(case, lambda: self.daemon.terminate(ike="gw"))
        wait_until(lambda: not self.daemon.sas(), f"{case.name}: no IKE_SA left", 10)
        require(not kernel.states(self.daemon.host), f"{case.name}: an SA is left in the kernel")
        require(not kernel.policies(self.daemon.host), f"{case.name}: a policy is left in the kernel")

    def serve(self, case, command):
        """Runs a command of the daemon while the puppet answers."""
        result = []
        thread = threading.Thread(target=lambda: result.append(command()))
        thread.start()
        while thread.is_alive():
            datagram = self.wire.receive(0.02)
            if datagram:
                self.answer(case, datagram)
        thread.join()
        require(self.daemon.alive(), f"{case.name}: the daemon died: {self.daemon.log_tail()}")
        return result[0] if result else "the command broke off"

    def answer(self, case, datagram):
        request = octets.Parsed(datagram)
        if request.is_response:
            return
        if request.exchange == INIT:
            group = int.from_bytes(request.body(KE)[:2], "big")
            self.sa = self.puppet.sa(self.wire, initiator=False, group=group)
            self.sa.take_init(request)
            self.sa.next_id = 0
            replies = case.init(self.sa, request)
        else:
            try:
                request = self.sa.open(datagram)
            except InvalidTag:
                return
            if request.exchange == AUTH:
                replies = case.auth(self.sa, request)
            else:
                replies = [self.sa.seal([], request.exchange, request.message_id, response=True)]
        for reply in replies:
            self.wire.answer(reply)


# IKE_SA_INIT: whoever sees the request can send these, and the true answer comes behind.

def forged(*payloads, **changes):
    return lambda sa, request: [sa.plain(list(payloads), response=True, **changes), sa.init_response()]


def forged_error(kind, data=b""):
    def make(sa, request):
        nobody = octets.message(sa.spi_i, bytes(8), INIT, octets.RESPONSE, 0, [octets.notify(kind, data)])
        return [nobody, sa.init_response()]
    return make


def changed(change, **header):
    """The true answer, changed, and then as it should be."""
    def make(sa, request):
        payloads = sa.init_payloads()
        return [sa.plain(change(payloads) or payloads, response=True, **header), sa.init_response()]
    return make


def replacing(kind, body):
    return changed(lambda present: [(kind, body) if payload[0] == kind else payload for payload in present])


def without(kind):
    return changed(lambda present: [payload for payload in present if payload[0] != kind])


def adding(*payloads):
    return changed(lambda present: present + list(payloads))


def proposal(transforms, **options):
    return replacing(SA, octets.proposal(1, IKE_PROTOCOL, options.pop("spi", b""), transforms, **options))


def cut_init(sa, request):
    whole = sa.init_response()
    pieces = [whole[:24] + length.to_bytes(4, "big") + whole[28:length] for length in range(28, len(whole), 7)]
    return pieces + [sa.init_response()]


def endless_cookies(sa, request):
    return [sa.plain([octets.notify(octets.COOKIE, os.urandom(16))], response=True)]


def endless_groups(sa, request):
    wanted = keys.MODP2048 if request.body(KE)[:2] == b"\0\x1f" else keys.X25519
    return [sa.plain([octets.notify(INVALID_KE_PAYLOAD, wanted.to_bytes(2, "big"))], response=True)]


def only(*payloads):
    return lambda sa, request: [sa.plain(list(payloads), response=True)]


OTHER = [(keys.ENCRYPTION, 12, 256), (keys.INTEGRITY, 12), (keys.PRF, 5), (keys.GROUP, keys.X25519)]
CHOSEN = keys.Gcm.transforms + [(keys.GROUP, keys.X25519)]
INIT_CASES = [
    *(Answers(f"forged error {kind}", forged_error(kind, data)) for kind, data in (
        (NO_PROPOSAL_CHOSEN, b""), (INVALID_SYNTAX, b""), (AUTHENTICATION_FAILED, b""), (INVALID_MAJOR_VERSION, b""),
        (UNSUPPORTED_CRITICAL_PAYLOAD, b"\x21"), (INVALID_KE_PAYLOAD, b"\0\2"), (INVALID_KE_PAYLOAD, b"\0"), (8000, b""))),
    Answers("an empty cookie", forged(octets.notify(octets.COOKIE))),
    Answers("a cookie of 65 octets", forged(octets.notify(octets.COOKIE, bytes(65)))),
    Answers("no payloads", forged()),
    Answers("unknown critical payload", adding((UNKNOWN, b"", CRITICAL))),
    Answers("unknown payload", lambda sa, request: [sa.init_response(sa.init_payloads() + [(UNKNOWN, b"")])]),
    Answers("major version 3", changed(lambda present: None, version=0x30)),
    Answers("message ID 1", changed(lambda present: None, message_id=1)),
    Answers("from the initiator", changed(lambda present: None, flags=octets.RESPONSE | octets.INITIATOR)),
    Answers("a request", changed(lambda present: None, flags=0)),
    Answers("wrong length", changed(lambda present: None, length=77)),
    Answers("no SA", without(SA)),
    Answers("no KE", without(KE)),
    Answers("no nonce", without(NONCE)),
    Answers("nonce of 15 octets", replacing(NONCE, bytes(15))),
    Answers("KE of small order", replacing(KE, octets.key_exchange(keys.X25519, bytes(32)))),
    Answers("KE too short", replacing(KE, octets.key_exchange(keys.X25519, b"\x09" * 31))),
    Answers("KE of another group", replacing(KE, octets.key_exchange(keys.MODP2048, b"\x09" * 256))),
    Answers("a proposal that was not offered", proposal(OTHER)),
    Answers("a proposal number that was not offered", replacing(SA, octets.proposal(77, IKE_PROTOCOL, b"", CHOSEN))),
    Answers("two algorithms of a kind", proposal(CHOSEN + [(keys.PRF, 6)])),
    Answers("an algorithm left out", proposal(CHOSEN[:-1])),
    Answers("two proposals", replacing(SA, octets.proposal(1, IKE_PROTOCOL, b"", CHOSEN, last=False)
                                       + octets.proposal(2, IKE_PROTOCOL, b"", CHOSEN))),
    Answers("a proposal for ESP", replacing(SA, octets.proposal(1, ESP_PROTOCOL, b"\1\2\3\4", CHOSEN))),
    Answers("two nonces", adding((NONCE, bytes(32)))),
    Answers("cut at every seventh octet", cut_init),
    Answers("the true answer three times", lambda sa, request: [sa.init_response()] * 3),
    Answers("cookies without end", endless_cookies, outcome=FAILS),
    Answers("other groups without end", endless_groups, outcome=FAILS),
    Answers("a refusal alone", only(octets.notify(NO_PROPOSAL_CHOSEN)), outcome=FAILS),
    Answers("a useless answer alone", only((VENDOR, b"")), outcome=FAILS),
]


# IKE_AUTH: what is not authentic is ignored, what is authentic and bad ends the try.

def spoilt(sa, request):
    good = sa.auth_response(request)
    return [good[:-1] + bytes([good[-1] ^ 1]), good]


def unprotected(*payloads):
    return lambda sa, request: [sa.plain(list(payloads), AUTH, request.message_id, response=True), sa.auth_response(request)]


def sealed_first(*payloads, **options):
    return lambda sa, request: [sa.seal(list(payloads), AUTH, options.pop("message_id", request.message_id), response=True,
                                        **options), sa.auth_response(request)]


def auth(change=lambda sa, present: None, **options):
    def make(sa, request):
        sa.note_child(request)
        payloads = sa.auth_payloads()
        return [sa.seal(change(sa, payloads) or payloads, AUTH, request.message_id, response=True, **options)]
    return make


def auth_replacing(kind, body):
    return auth(lambda sa, present: [(kind, body) if payload[0] == kind else payload for payload in present])


def auth_without(*kinds):
    return auth(lambda sa, present: [payload for payload in present if payload[0] not in kinds])


def other_identity(sa, present):
    body = octets.identity(2, b"mars.strongswan.org")
    return [(IDR, body), sa.auth_payload(identity=body)] + present[2:]


def esp(transforms, spi=b"\1\2\3\4"):
    return auth_replacing(SA, octets.proposal(1, ESP_PROTOCOL, spi, transforms))


ESP_CHOSEN = [(keys.ENCRYPTION, 20, 128), (keys.ESN, 0)]
WIDE = octets.selectors(("0.0.0.0", "255.255.255.255"))
AUTH_CASES = [
    Answers("wrong checksum", auth=spoilt),
    Answers("an unprotected error", auth=unprotected(octets.notify(AUTHENTICATION_FAILED))),
    Answers("an unprotected delete", auth=unprotected(octets.delete(IKE_PROTOCOL, 0, []))),
    Answers("unprotected and empty", auth=unprotected()),
    Answers("another message ID", auth=sealed_first(octets.notify(AUTHENTICATION_FAILED), message_id=9)),
    Answers("a payload in clear before SK", auth=lambda sa, request: [
        sa.auth_response(request, front=[(VENDOR, b"x")]), sa.auth_response(request)]),
    Answers("unknown payload", auth=auth(lambda sa, present: present + [(UNKNOWN, b"")])),
    Answers("unknown critical payload", auth=auth(lambda sa, present: present + [(UNKNOWN, b"", CRITICAL)]), outcome=FAILS),
    Answers("garbage inside", auth=auth(plain=b"\xff" * 40, inner=IDR), outcome=FAILS),
    Answers("an error alone", auth=auth(lambda sa, present: [octets.notify(AUTHENTICATION_FAILED)]), outcome=FAILS),
    Answers("an unknown error alone", auth=auth(lambda sa, present: [octets.notify(8000)]), outcome=FAILS),
    Answers("nothing inside", auth=auth(lambda sa, present: [(VENDOR, b"")]), outcome=FAILS),
    Answers("wrong AUTH", auth=auth_replacing(AUTHENTICATION, b"\2\0\0\0" + bytes(32)), outcome=FAILS),
    Answers("the daemon's own AUTH", auth=lambda sa, request: auth_replacing(
        AUTHENTICATION, request.body(AUTHENTICATION))(sa, request), outcome=FAILS),
    Answers("AUTH by method NULL", auth=auth_replacing(AUTHENTICATION, b"\x0d\0\0\0" + bytes(32)), outcome=FAILS),
    Answers("no AUTH", auth=auth_without(AUTHENTICATION), outcome=FAILS),
    Answers("no IDr", auth=auth_without(IDR), outcome=FAILS),
    Answers("two IDr", auth=auth(lambda sa, present: present + [present[0]]), outcome=FAILS),
    Answers("another's name", auth=auth(other_identity), outcome=FAILS),
    Answers("no CHILD_SA and no reason", auth=auth_without(SA, TSI, TSR), outcome=NO_CHILD),
    Answers("an ESP proposal that was not offered", auth=esp([(keys.ENCRYPTION, 12, 256), (keys.ESN, 0)]), outcome=NO_CHILD),
    Answers("ESP with a key of 1 bit", auth=esp([(keys.ENCRYPTION, 20, 1), (keys.ESN, 0)]), outcome=NO_CHILD),
    Answers("ESP SPI 0", auth=esp(ESP_CHOSEN, bytes(4)), outcome=NO_CHILD),
    Answers("ESP SPI of 8 octets", auth=esp(ESP_CHOSEN, bytes(8)), outcome=NO_CHILD),
    Answers("wider selectors than offered", auth=auth_replacing(TSR, WIDE), outcome=NO_CHILD),
    Answers("no selectors", auth=auth_replacing(TSR, bytes(4)), outcome=NO_CHILD),
    Answers("no TSr", auth=auth_without(TSR), outcome=NO_CHILD),
    Answers("good answers"),
]
