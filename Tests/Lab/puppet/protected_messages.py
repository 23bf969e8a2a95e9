"""Bad messages in an IKE_SA: before the peer is authenticated, and afterwards."""

import os
import struct

from puppet import keys, octets
from puppet.bench import Case, GONE, GOOD
from puppet.octets import (AUTH, AUTHENTICATION, AUTHENTICATION_FAILED, CHILD_SA_NOT_FOUND, CREATE_CHILD, CRITICAL, DELETE,
                           ESP_PROTOCOL, FOLLOWUP, IDI, IKE_PROTOCOL, INFORMATIONAL, INTERMEDIATE, INVALID_SYNTAX, KE,
                           NO_PROPOSAL_CHOSEN, NONCE, NOTIFY, REKEY_SA, SA, SK, TS_UNACCEPTABLE, TSI, TSR, UNKNOWN,
                           UNSUPPORTED_CRITICAL_PAYLOAD, UPDATE_SA_ADDRESSES, VENDOR)

STATE_NOT_FOUND = 47
FQDN, RFC822, DER_DN = 2, 3, 9


def authentication(change=lambda sa, payloads: None, child=True, **options):
    """An IKE_AUTH request whose payloads `change` has changed."""
    def make(sa):
        payloads = sa.auth_payloads(child)
        return sa.seal(change(sa, payloads) or payloads, AUTH, **options)
    return make


def adding(*payloads):
    return authentication(lambda sa, present: present + list(payloads))


def without(*kinds):
    return authentication(lambda sa, present: [payload for payload in present if payload[0] not in kinds])


def twice(kind):
    return authentication(lambda sa, present: present + [payload for payload in present if payload[0] == kind])


def replacing(kind, body):
    return authentication(lambda sa, present: [(kind, body) if payload[0] == kind else payload for payload in present])


def as_identity(kind, data):
    """Another identity, with an AUTH that fits it."""
    body = octets.identity(kind, data)
    return authentication(lambda sa, present: [
        (IDI, body) if payload[0] == IDI else sa.auth_payload(identity=body) if payload[0] == AUTHENTICATION else payload
        for payload in present])


def by_method(method):
    return authentication(lambda sa, present: [
        sa.auth_payload(method) if payload[0] == AUTHENTICATION else payload for payload in present])


def spoilt(datagram, place=-1):
    return datagram[:place] + bytes([datagram[place] ^ 1]) + (datagram[place + 1:] if place != -1 else b"")


def cut(sa):
    """A good IKE_AUTH request cut at every octet, with a length that fits."""
    whole = sa.seal(sa.auth_payloads(), AUTH)
    return [whole[:24] + length.to_bytes(4, "big") + whole[28:length] for length in range(28, len(whole), 3)]


def fragment(number, total, plain=b"x" * 64, message_id=None):
    return lambda sa: sa.seal([], AUTH, message_id, plain=plain, inner=IDI if number == 1 else 0,
                              fragment=(number, total))


def many(count, *, total, plain):
    """Fragments of a message that never ends."""
    return lambda sa: [sa.seal([], AUTH, plain=plain, inner=0, fragment=(number, total)) for number in range(2, count + 2)]


def shuffled(sa):
    """A good IKE_AUTH in pieces: last one first, and each twice."""
    return sa.fragments(sa.auth_payloads(), 64, AUTH)[::-1] * 1


def in_two_sizes(sa):
    """Two pieces of a coarse cut, then all of a finer one: the finer one counts (RFC 7383 section 2.6.1)."""
    payloads = sa.auth_payloads()
    return sa.fragments(payloads, 120, AUTH)[:2] + sa.fragments(payloads, 50, AUTH)


RANGE = ("10.1.0.0", "10.1.255.255")
HALF_OPEN = [
    Case("wrong checksum", lambda sa: spoilt(sa.seal(sa.auth_payloads(), AUTH))),
    Case("a changed header", lambda sa: spoilt(sa.seal(sa.auth_payloads(), AUTH), 29)),
    Case("random octets", lambda sa: sa.plain([(SK, os.urandom(120))], AUTH, 1)),
    Case("SK without content", lambda sa: sa.plain([(SK, b"")], AUTH, 1)),
    Case("SK of 24 octets", lambda sa: sa.plain([(SK, os.urandom(24))], AUTH, 1)),
    Case("more padding than there is", authentication(padding=255, plain=b"")),
    Case("a payload in clear before SK", authentication(front=[(VENDOR, b"x")])),
    Case("a payload in clear behind SK", authentication(behind=[(VENDOR, b"x")])),
    Case("unprotected", lambda sa: sa.plain(sa.auth_payloads(), AUTH, 1)),
    Case("unprotected and empty", lambda sa: sa.plain([], INFORMATIONAL, 1)),
    Case("an unprotected delete", lambda sa: sa.plain([octets.delete(IKE_PROTOCOL, 0, [])], INFORMATIONAL, 1)),
    Case("message ID 0", authentication(message_id=0)),
    Case("message ID 2", authentication(message_id=2)),
    Case("message ID 0xffffffff", authentication(message_id=0xffffffff)),
    Case("a response", authentication(response=True)),
    Case("not from the initiator", authentication(flags=0)),
    Case("INFORMATIONAL before IKE_AUTH", lambda sa: sa.seal([], INFORMATIONAL), INVALID_SYNTAX, 1, GONE),
    Case("a delete before IKE_AUTH", lambda sa: sa.seal([octets.delete(IKE_PROTOCOL, 0, [])], INFORMATIONAL),
         INVALID_SYNTAX, 1, GONE),
    Case("CREATE_CHILD_SA before IKE_AUTH", lambda sa: sa.seal(
        sa.child_payloads() + [(NONCE, sa.nonce)], CREATE_CHILD), INVALID_SYNTAX, 1, GONE),
    Case("IKE_INTERMEDIATE that was not agreed on", lambda sa: sa.seal(
        [(KE, octets.key_exchange(keys.X25519, sa.exchange.public))], INTERMEDIATE), INVALID_SYNTAX, 1, GONE),
    Case("IKE_FOLLOWUP_KE before IKE_AUTH", lambda sa: sa.seal([], FOLLOWUP), INVALID_SYNTAX, 1, GONE),
    Case("an unknown exchange before IKE_AUTH", lambda sa: sa.seal([], 240), INVALID_SYNTAX, 1, GONE),
    Case("unknown critical payload", adding((UNKNOWN, b"?", CRITICAL)),
         (UNSUPPORTED_CRITICAL_PAYLOAD, bytes([UNKNOWN])), 1, GONE),
    Case("unknown payload", adding((UNKNOWN, b"?")), GOOD, 0, takes_id=True),
    Case("reserved bits of payloads", authentication(lambda sa, present: [(*payload, 0x7f) for payload in present]),
         GOOD, 0, takes_id=True),
    Case("garbage inside", authentication(plain=os.urandom(64), inner=IDI), INVALID_SYNTAX, 1, GONE),
    Case("nothing inside", authentication(lambda sa, present: [(VENDOR, b"")]), AUTHENTICATION_FAILED, 0, GONE),
    Case("wrong AUTH", replacing(AUTHENTICATION, b"\2\0\0\0" + bytes(32)), AUTHENTICATION_FAILED, 0, GONE),
    Case("AUTH cut short", replacing(AUTHENTICATION, b"\2\0\0\0" + bytes(31)), AUTHENTICATION_FAILED, 0, GONE),
    Case("empty AUTH", replacing(AUTHENTICATION, b"\2\0\0\0"), AUTHENTICATION_FAILED, 0, GONE),
    Case("AUTH of 3 octets", replacing(AUTHENTICATION, b"\2\0\0"), INVALID_SYNTAX, 1, GONE),
    *(Case(f"AUTH by method {method}", by_method(method), AUTHENTICATION_FAILED, 0, GONE)
      for method in (0, 1, 3, 9, 12, 13, 14, 201)),
    Case("no AUTH", without(AUTHENTICATION), AUTHENTICATION_FAILED, 0, GONE),
    # ANOTHER_AUTH_FOLLOWS: what the further rounds would prove is not known, so the first alone is not enough.
    Case("a further round announced", authentication(lambda sa, present: present + [octets.notify(16405)]),
         AUTHENTICATION_FAILED, 0, GONE),
    Case("no IDi", without(IDI), AUTHENTICATION_FAILED, 0, GONE),
    Case("two AUTH", twice(AUTHENTICATION), INVALID_SYNTAX, 1, GONE),
    Case("two IDi", twice(IDI), INVALID_SYNTAX, 1, GONE),
    Case("two SA", twice(SA), INVALID_SYNTAX, 1, GONE),
    Case("a KE", adding((KE, octets.key_exchange(keys.X25519, bytes(32)))), INVALID_SYNTAX, 1, GONE),
    Case("ID of an unknown type", as_identity(77, b"moon.strongswan.org"), INVALID_SYNTAX, 1, GONE),
    Case("ID of type 0", as_identity(0, b""), INVALID_SYNTAX, 1, GONE),
    Case("IPv4 ID of 5 octets", as_identity(1, bytes(5)), INVALID_SYNTAX, 1, GONE),
    Case("IPv6 ID of 4 octets", as_identity(5, bytes(4)), INVALID_SYNTAX, 1, GONE),
    Case("ID of 3 octets", replacing(IDI, b"\2\0\0"), INVALID_SYNTAX, 1, GONE),
    Case("empty name", as_identity(FQDN, b""), AUTHENTICATION_FAILED, 0, GONE),
    Case("name with a NUL", as_identity(FQDN, b"moon.strongswan.org\0.example.org"), AUTHENTICATION_FAILED, 0, GONE),
    Case("name as another type", as_identity(RFC822, b"moon.strongswan.org"), AUTHENTICATION_FAILED, 0, GONE),
    Case("name with a line end", as_identity(FQDN, b"x\r\n00[IKE] forged line\x1b[31m"), AUTHENTICATION_FAILED, 0, GONE),
    Case("name of 4000 octets", as_identity(FQDN, b"x" * 4000), AUTHENTICATION_FAILED, 0, GONE),
    Case("distinguished name of random octets", as_identity(DER_DN, os.urandom(60)), AUTHENTICATION_FAILED, 0, GONE),
    Case("distinguished name nested deeply", as_identity(DER_DN, b"\x30\x82\x0f\xa0" + b"\x30\x80" * 2000),
         AUTHENTICATION_FAILED, 0, GONE),
    Case("another's name", as_identity(FQDN, b"mars.strongswan.org"), AUTHENTICATION_FAILED, 0, GONE),
    Case("SA without selectors", without(TSI, TSR), INVALID_SYNTAX, 1, GONE),
    Case("SA without TSr", without(TSR), INVALID_SYNTAX, 1, GONE),
    Case("selectors without SA", without(SA), INVALID_SYNTAX, 1, GONE),
    Case("a reversed range", replacing(TSI, octets.selectors(RANGE[::-1])), INVALID_SYNTAX, 1, GONE),
    Case("reversed ports", replacing(TSI, bytes([1, 0, 0, 0]) + octets.selector(*RANGE, ports=(9, 8))),
         INVALID_SYNTAX, 1, GONE),
    Case("an IPv4 range of 15 octets", replacing(TSI, bytes([1, 0, 0, 0]) + octets.selector(*RANGE, length=15)[:15]),
         INVALID_SYNTAX, 1, GONE),
    Case("more selectors than there are", replacing(TSI, bytes([9, 0, 0, 0]) + octets.selector(*RANGE)),
         INVALID_SYNTAX, 1, GONE),
    Case("fewer selectors than there are", replacing(TSI, bytes([0, 0, 0, 0]) + octets.selector(*RANGE)),
         INVALID_SYNTAX, 1, GONE),
    Case("no selectors", replacing(TSI, bytes(4)), TS_UNACCEPTABLE, 0, takes_id=True),
    Case("255 selectors", replacing(TSI, octets.selectors(*[RANGE] * 255)), GOOD, 0, takes_id=True),
    Case("foreign selectors", replacing(TSR, octets.selectors(("10.9.0.0", "10.9.255.255"))),
         TS_UNACCEPTABLE, 0, takes_id=True),
    Case("selectors of an unknown type", replacing(TSI, bytes([1, 0, 0, 0]) + octets.selector(*RANGE, kind=99)),
         TS_UNACCEPTABLE, 0, takes_id=True),
    Case("no ESP proposal that fits", authentication(lambda sa, present: present[:3] + sa.child_payloads(
        esp=[(keys.ENCRYPTION, 999), (keys.ESN, 0)])), NO_PROPOSAL_CHOSEN, 0, takes_id=True),
    Case("ESP SPI of 3 octets", authentication(lambda sa, present: present[:3] + sa.child_payloads(spi=b"\1\2\3")),
         INVALID_SYNTAX, 1, GONE),
    Case("ESP SPI 0", authentication(lambda sa, present: present[:3] + sa.child_payloads(spi=bytes(4))),
         INVALID_SYNTAX, 1, GONE),
    Case("fragment 0", fragment(0, 2)),
    Case("fragment 1 of 0", fragment(1, 0)),
    Case("fragment 3 of 2", fragment(3, 2)),
    Case("fragment of another message ID", fragment(1, 2, message_id=7)),
    Case("a fragment cut short", lambda sa: sa.plain([(octets.SKF, struct.pack("!HH", 1, 2) + os.urandom(20))], AUTH, 1)),
    Case("an unauthentic fragment", lambda sa: spoilt(fragment(1, 2)(sa))),
    Case("a fragment without content", fragment(2, 3, plain=b"")),
    Case("a fragment of 65535", fragment(2, 65535)),
    Case("300 empty fragments", many(300, total=65535, plain=b""), counted=300),
    Case("one fragment of two", fragment(1, 2), counted=0),
    Case("fragments beyond max_packet", many(12, total=250, plain=bytes(1000))),
    Case("fragments of a good message", shuffled, GOOD, 0, takes_id=True),
    Case("fragments of two sizes", in_two_sizes, GOOD, 0, takes_id=True),
]


def informational(*payloads, **options):
    return lambda sa: sa.seal(list(payloads), INFORMATIONAL, **options)


def create_child(change=lambda sa, payloads: None):
    def make(sa):
        payloads = sa.child_payloads(spi=os.urandom(4)) + [(NONCE, os.urandom(32))]
        return sa.seal(change(sa, payloads) or payloads, CREATE_CHILD)
    return make


def create_child_without(kind):
    return create_child(lambda sa, present: [payload for payload in present if payload[0] != kind])


def rekey_notify(spi, protocol=ESP_PROTOCOL):
    return create_child(lambda sa, present: [octets.notify(REKEY_SA, b"", protocol, spi)] + present)


def rekey_ike(spi, transforms=None, value=None, nonce=None):
    def make(sa):
        offered = octets.proposal(1, IKE_PROTOCOL, spi, transforms or sa.suite.transforms + [(keys.GROUP, sa.group)])
        exchange = octets.key_exchange(sa.group, sa.exchange.public if value is None else value)
        return sa.seal([(SA, offered), (NONCE, nonce or os.urandom(32)), (KE, exchange)], CREATE_CHILD)
    return make


def twice_the_same(sa):
    return [sa.seal([], INFORMATIONAL)] * 2


def before_the_last(sa):
    """A request that was answered long ago."""
    return sa.seal([], INFORMATIONAL, message_id=sa.next_id - 2)


ESTABLISHED = [
    Case("wrong checksum", lambda sa: spoilt(sa.seal([]))),
    Case("unprotected", lambda sa: sa.plain([], INFORMATIONAL, sa.next_id)),
    Case("an unprotected delete", lambda sa: sa.plain([octets.delete(IKE_PROTOCOL, 0, [])], INFORMATIONAL, sa.next_id)),
    Case("an unprotected error", lambda sa: sa.plain([octets.notify(AUTHENTICATION_FAILED)], INFORMATIONAL, sa.next_id)),
    Case("the same request twice", twice_the_same, GOOD, 0, takes_id=True),
    Case("an old message ID", before_the_last),
    Case("message ID 0", informational(message_id=0)),
    Case("the message ID after the next", lambda sa: sa.seal([], message_id=sa.next_id + 1)),
    Case("message ID 0xffffffff", informational(message_id=0xffffffff)),
    Case("a response to nothing", informational(response=True, message_id=0)),
    Case("a response to nothing yet", informational(response=True, message_id=5)),
    Case("not from the initiator", informational(flags=0)),
    Case("IKE_SA_INIT in the IKE_SA", lambda sa: sa.plain(sa.init_payloads())),
    Case("major version 3", informational(version=0x30), octets.INVALID_MAJOR_VERSION),
    Case("minor version 7", informational(version=0x27), GOOD, 0, takes_id=True),
    Case("unknown payload", informational((UNKNOWN, b"?")), GOOD, 0, takes_id=True),
    Case("unknown critical payload", informational((UNKNOWN, b"?", CRITICAL)),
         (UNSUPPORTED_CRITICAL_PAYLOAD, bytes([UNKNOWN])), takes_id=True),
    Case("unknown critical payload in CREATE_CHILD_SA", create_child(lambda sa, present: present + [
        (UNKNOWN, b"?", CRITICAL)]), (UNSUPPORTED_CRITICAL_PAYLOAD, bytes([UNKNOWN])), takes_id=True),
    Case("a known payload marked critical", create_child(lambda sa, present: [
        (*payload, CRITICAL) for payload in present]), GOOD, 0, takes_id=True),
    Case("an unknown error", informational(octets.notify(8000)), GOOD, 0, takes_id=True),
    Case("an unknown status", informational(octets.notify(45000, b"?")), GOOD, 0, takes_id=True),
    Case("an address update without MOBIKE", informational(octets.notify(UPDATE_SA_ADDRESSES)), GOOD, 0, takes_id=True),
    Case("a delete of an unknown SPI", informational(octets.delete(ESP_PROTOCOL, 4, [b"\1\2\3\4"])), GOOD, 0, takes_id=True),
    Case("a delete of 300 unknown SPIs", informational(octets.delete(
        ESP_PROTOCOL, 4, [os.urandom(4) for _ in range(300)])), GOOD, 0, takes_id=True),
    Case("a delete of no SPIs", informational(octets.delete(ESP_PROTOCOL, 4, [])), GOOD, 0, takes_id=True),
    Case("rekeying of an unknown SPI", rekey_notify(b"\1\2\3\4"), CHILD_SA_NOT_FOUND, 0, takes_id=True),
    Case("rekeying of an SPI of 3 octets", rekey_notify(b"\1\2\3"), CHILD_SA_NOT_FOUND, 0, takes_id=True),
    Case("rekeying without SPI", rekey_notify(b""), CHILD_SA_NOT_FOUND, 0, takes_id=True),
    Case("rekeying of an unknown protocol", rekey_notify(b"\1\2\3\4", 99), CHILD_SA_NOT_FOUND, 0, takes_id=True),
    Case("foreign selectors", create_child(lambda sa, present: [present[0], present[1], (
        TSR, octets.selectors(("10.9.0.0", "10.9.255.255"))), present[3]]), TS_UNACCEPTABLE, 0, takes_id=True),
    Case("no proposal that fits", create_child(lambda sa, present: sa.child_payloads(
        esp=[(keys.ENCRYPTION, 999), (keys.ESN, 0)]) + present[3:]), NO_PROPOSAL_CHOSEN, 0, takes_id=True),
    Case("rekeying of the IKE_SA with an SPI of 4 octets", rekey_ike(b"\1\2\3\4"), INVALID_SYNTAX, 1, GONE),
    Case("rekeying of the IKE_SA without SPI", rekey_ike(b""), INVALID_SYNTAX, 1, GONE),
    Case("rekeying of the IKE_SA with SPI 0", rekey_ike(bytes(8)), INVALID_SYNTAX, 1, GONE),
    Case("rekeying of the IKE_SA with a KE of small order", rekey_ike(b"\1" * 8, value=bytes(32)), INVALID_SYNTAX, 1, GONE),
    Case("rekeying of the IKE_SA with a short KE", rekey_ike(b"\1" * 8, value=bytes(31)), INVALID_SYNTAX, 1, GONE),
    Case("IKE_FOLLOWUP_KE to nothing", lambda sa: sa.seal([], FOLLOWUP), STATE_NOT_FOUND, 0, takes_id=True),
    Case("a second IKE_AUTH", lambda sa: sa.seal(sa.auth_payloads(), AUTH), INVALID_SYNTAX, 1, GONE),
    Case("IKE_INTERMEDIATE afterwards", lambda sa: sa.seal(
        [(KE, octets.key_exchange(keys.X25519, sa.exchange.public))], INTERMEDIATE), INVALID_SYNTAX, 1, GONE),
    Case("an unknown exchange", lambda sa: sa.seal([], 240), INVALID_SYNTAX, 1, GONE),
    Case("garbage inside", informational(plain=os.urandom(64), inner=NOTIFY), INVALID_SYNTAX, 1, GONE),
    Case("a delete with SPIs of 8 octets", informational(octets.delete(ESP_PROTOCOL, 8, [bytes(8)])),
         INVALID_SYNTAX, 1, GONE),
    Case("a delete with fewer SPIs than said", informational(octets.delete(ESP_PROTOCOL, 4, [bytes(4)], 2)),
         INVALID_SYNTAX, 1, GONE),
    Case("a delete with more SPIs than said", informational(octets.delete(ESP_PROTOCOL, 4, [bytes(4)] * 2, 1)),
         INVALID_SYNTAX, 1, GONE),
    Case("a delete of 65535 SPIs that are not there", informational(octets.delete(ESP_PROTOCOL, 4, [], 65535)),
         INVALID_SYNTAX, 1, GONE),
    # What is meant is clear, and either answer ends the IKE_SA.
    Case("a delete of the IKE_SA with an SPI", informational(octets.delete(IKE_PROTOCOL, 8, [bytes(8)])), GOOD, 0, GONE),
    Case("a delete of an unknown protocol", informational(octets.delete(99, 4, [bytes(4)])), INVALID_SYNTAX, 1, GONE),
    Case("a delete of 3 octets", informational((DELETE, b"\3\4\0")), INVALID_SYNTAX, 1, GONE),
    Case("a KE in INFORMATIONAL", informational((KE, octets.key_exchange(keys.X25519, bytes(32)))), INVALID_SYNTAX, 1, GONE),
    Case("CREATE_CHILD_SA without SA", create_child_without(SA), INVALID_SYNTAX, 1, GONE),
    Case("CREATE_CHILD_SA without nonce", create_child_without(NONCE), INVALID_SYNTAX, 1, GONE),
    Case("CREATE_CHILD_SA without TSi", create_child_without(TSI), INVALID_SYNTAX, 1, GONE),
    Case("CREATE_CHILD_SA with a nonce of 15 octets", create_child(lambda sa, present: present[:3] + [(NONCE, bytes(15))]),
         INVALID_SYNTAX, 1, GONE),
    Case("65 payloads", informational(*[(VENDOR, b"")] * 65), INVALID_SYNTAX, 1, GONE),
]
