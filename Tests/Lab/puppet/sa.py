"""An IKE_SA of the puppet's, as initiator or as responder, with pre-shared keys."""

import os
import struct

from puppet import keys, octets
from puppet.octets import (AUTH, AUTHENTICATION, DELETE, HEADER, IDI, IDR, INFORMATIONAL, INIT, INITIATOR, KE, NONCE,
                           RESPONSE, SA, SK, SKF, TSI, TSR)

SHARED_KEY = 2


class NoAnswer(Exception):
    """The daemon did not say anything in time."""


class Puppet:
    """One IKE_SA. What it sends is made by methods that return datagrams, so that whoever calls can change them."""

    def __init__(self, wire, own, other, secret, initiator=True, suite=keys.Gcm, group=keys.X25519):
        self.wire, self.own, self.other, self.secret = wire, own, other, secret
        self.initiator, self.suite, self.group = initiator, suite, group
        self.spi_i = os.urandom(8) if initiator else bytes(8)
        self.spi_r = bytes(8) if initiator else os.urandom(8)
        self.nonce, self.other_nonce = os.urandom(32), b""
        self.exchange = keys.GROUPS[group]()
        self.keys = None
        self.next_id = 0
        self.child_spi = os.urandom(4)
        self.other_child_spi = b""
        self.first_sent = self.first_received = b""

    # Messages

    @property
    def flags(self):
        return INITIATOR if self.initiator else 0

    def plain(self, payloads, exchange=INIT, message_id=0, response=False, **changes):
        flags = changes.pop("flags", self.flags | (RESPONSE if response else 0))
        return octets.message(self.spi_i, self.spi_r, exchange, flags, message_id, payloads, **changes)

    def seal(self, payloads, exchange=INFORMATIONAL, message_id=None, response=False, **changes):
        """One datagram with SK. `front`: payloads in the clear before it, `behind`: after it, `inner`: the type that
        SK names, `plain`: other octets inside, `padding`: the pad length octet, `fragment`: (number, total)."""
        first, body = octets.chain(payloads)
        body = changes.pop("plain", body)
        inner = changes.pop("inner", first)
        fragment = changes.pop("fragment", None)
        front, behind = changes.pop("front", []), changes.pop("behind", [])
        suite, own = self.suite, 0 if self.initiator else 1
        pad = -(len(body) + 1) % suite.block
        plain = body + bytes(pad) + bytes([changes.pop("padding", pad)])
        kind = SKF if fragment else SK
        extra = struct.pack("!HH", *fragment) if fragment else b""
        size = 4 + len(extra) + suite.iv_octets + len(plain) + suite.icv_octets
        _, before = octets.chain(front + [(kind, b"")])
        before = before[:-4]
        _, after = octets.chain(behind)
        total = HEADER + len(before) + size + len(after)
        flags = changes.pop("flags", self.flags | (RESPONSE if response else 0))
        message_id = self.next_id if message_id is None else message_id
        head = octets.header(self.spi_i, self.spi_r, front[0][0] if front else kind, exchange, flags, message_id,
                             changes.pop("length", total), **changes)
        sk = struct.pack("!BBH", inner, 0, size) + extra
        associated = head + before + sk
        iv = os.urandom(suite.iv_octets)
        return associated + iv + suite.seal(self.keys.e[own], self.keys.a[own], iv, associated, plain) + after

    def fragments(self, payloads, size, exchange, message_id=None, response=False):
        """The same message in pieces of `size` octets."""
        first, body = octets.chain(payloads)
        pieces = [body[place:place + size] for place in range(0, len(body), size)]
        return [self.seal([], exchange, message_id, response, plain=piece, inner=first if number == 0 else 0,
                          fragment=(number + 1, len(pieces))) for number, piece in enumerate(pieces)]

    def open(self, datagram):
        """A message of the daemon with its payloads; InvalidTag where it is none of this SA."""
        parsed = octets.Parsed(datagram)
        if parsed.first != SK:
            return parsed
        suite, other = self.suite, 1 if self.initiator else 0
        start = HEADER + 4
        iv, sealed = datagram[start:start + suite.iv_octets], datagram[start + suite.iv_octets:]
        plain = suite.open(self.keys.e[other], self.keys.a[other], iv, datagram[:start], sealed)
        parsed.payloads = octets.parse_chain(datagram[HEADER], plain[:-1 - plain[-1]])
        return parsed

    def receive(self, timeout=10):
        """The next message of this SA."""
        while True:
            datagram = self.wire.receive(timeout)
            if datagram is None:
                raise NoAnswer(f"no message within {timeout} s")
            if datagram[:8] == self.spi_i or self.spi_i == bytes(8):
                return self.open(datagram)

    def ask(self, datagram, timeout=10):
        """Sends a request; its response."""
        self.wire.send(datagram)
        return self.receive(timeout)

    # Payloads

    def proposals(self, spi=b""):
        groups = [(keys.GROUP, self.group)]
        return SA, octets.proposal(1, octets.IKE_PROTOCOL, spi, self.suite.transforms + groups)

    def init_payloads(self):
        return [self.proposals(), (KE, octets.key_exchange(self.group, self.exchange.public)), (NONCE, self.nonce)] \
            + self.nat_detection() + [octets.notify(octets.FRAGMENTATION_SUPPORTED)]

    def nat_detection(self):
        own_port = self.wire.port
        other_port = 4500 if self.wire.marked else 500
        source = octets.nat_hash(self.spi_i, self.spi_r, self.wire.own, own_port)
        destination = octets.nat_hash(self.spi_i, self.spi_r, self.wire.other, other_port)
        return [octets.notify(octets.NATD_SOURCE, source), octets.notify(octets.NATD_DESTINATION, destination)]

    def identity_payload(self):
        return (IDI if self.initiator else IDR), octets.identity(*self.own)

    def auth_payload(self, method=SHARED_KEY, identity=None):
        key = self.keys.p[0 if self.initiator else 1]
        value = keys.shared_key_auth(self.secret, key, self.first_sent, self.other_nonce,
                                     identity or self.identity_payload()[1])
        return AUTHENTICATION, bytes([method, 0, 0, 0]) + value

    def child_payloads(self, spi=None, esp=((keys.ENCRYPTION, 20, 128), (keys.ESN, 0)), own_first=None):
        """SA, TSi and TSr for ESP between the two networks."""
        mine = octets.selectors(("10.1.0.0", "10.1.255.255"))
        theirs = octets.selectors(("10.2.0.0", "10.2.255.255"))
        first, second = (mine, theirs) if (self.initiator if own_first is None else own_first) else (theirs, mine)
        return [(SA, octets.proposal(1, octets.ESP_PROTOCOL, spi or self.child_spi, list(esp))),
                (TSI, first), (TSR, second)]

    def auth_payloads(self, child=True):
        named = [(IDR, octets.identity(*self.other))] if self.initiator else []
        return [self.identity_payload()] + named + [self.auth_payload()] + (self.child_payloads() if child else [])

    # The good way, as initiator

    def init_request(self, payloads=None, **changes):
        self.first_sent = self.plain(payloads or self.init_payloads(), **changes)
        return self.first_sent

    def agree(self, response):
        """Takes the answer to IKE_SA_INIT."""
        self.first_received, self.spi_r = response.datagram, response.spi_r
        self.other_nonce = response.body(NONCE)
        self.keys = keys.Keys(self.suite, self.exchange.secret(response.body(KE)[4:]), self.nonce, self.other_nonce,
                              self.spi_i, self.spi_r)
        self.next_id = 1

    def begin(self):
        """IKE_SA_INIT."""
        response = self.ask(self.init_request())
        if response.error or not response.body(SA):
            raise NoAnswer(f"IKE_SA_INIT was refused with {response.notifies()}")
        self.agree(response)
        return self

    def authenticate(self, child=True):
        """IKE_AUTH; the response."""
        response = self.ask(self.seal(self.auth_payloads(child), AUTH))
        self.next_id += 1
        self.note_child(response)
        return response

    def note_child(self, message):
        if message.body(SA):
            self.other_child_spi = message.body(SA)[8:12]

    def is_alive(self, timeout=5):
        """An empty INFORMATIONAL is answered."""
        response = self.ask(self.seal([]), timeout)
        self.next_id += 1
        return response.is_response and response.exchange == INFORMATIONAL

    def end(self):
        """Deletes the IKE_SA."""
        response = self.ask(self.seal([octets.delete(octets.IKE_PROTOCOL, 0, [])]))
        self.next_id += 1
        return response

    # The good way, as responder

    def take_init(self, request):
        """Takes an IKE_SA_INIT request and computes the keys."""
        self.spi_i, self.first_received = request.spi_i, request.datagram
        self.other_nonce = request.body(NONCE)
        self.keys = keys.Keys(self.suite, self.exchange.secret(request.body(KE)[4:]), self.other_nonce, self.nonce,
                              self.spi_i, self.spi_r)

    def init_response(self, payloads=None, **changes):
        self.first_sent = self.plain(payloads or self.init_payloads(), response=True, **changes)
        return self.first_sent

    def auth_response(self, request, **changes):
        self.note_child(request)
        return self.seal(changes.pop("payloads", None) or self.auth_payloads(), AUTH, request.message_id,
                         response=True, **changes)
