"""Bad messages before there is an IKE_SA: IKE_SA_INIT requests, and everything that names unknown SPIs."""

import os

from puppet import keys, octets
from puppet.bench import Case, GOOD, NONE, OPENED
from puppet.octets import (CRITICAL, INVALID_KE_PAYLOAD, INVALID_MAJOR_VERSION, INVALID_SYNTAX, KE, NO_PROPOSAL_CHOSEN,
                           NONCE, NOTIFY, SA, SK, UNKNOWN, UNSUPPORTED_CRITICAL_PAYLOAD, VENDOR)

ECP256, MODP1024 = 19, 2
# The points of small order of Curve25519 (RFC 7748 section 6.1), and zero.
SMALL_ORDER = [bytes(32), (1).to_bytes(32, "little"), (2**255 - 20).to_bytes(32, "little"),
               (2**255 - 19).to_bytes(32, "little"), (2**255 - 18).to_bytes(32, "little"),
               bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
               bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
OCTETS = {"zero": 0, "one": 1, "p - 1": keys.MODP2048_PRIME - 1, "p": keys.MODP2048_PRIME,
          "p + 1": keys.MODP2048_PRIME + 1}


def with_payloads(change):
    """A request whose payloads `change` has changed."""
    def make(sa):
        payloads = sa.init_payloads()
        return sa.init_request(change(payloads) or payloads)
    return make


def adding(*payloads):
    return with_payloads(lambda present: present + list(payloads))


def without(kind):
    return with_payloads(lambda present: [payload for payload in present if payload[0] != kind])


def twice(kind):
    return with_payloads(lambda present: present + [payload for payload in present if payload[0] == kind])


def replacing(kind, body):
    return with_payloads(lambda present: [(kind, body) if payload[0] == kind else payload for payload in present])


def with_header(**changes):
    return lambda sa: sa.init_request(**changes)


def with_spis(spi_i=None, spi_r=None):
    def make(sa):
        sa.spi_i, sa.spi_r = spi_i or sa.spi_i, spi_r or sa.spi_r
        return sa.init_request()
    return make


def key_exchange(group, value):
    """A request that offers this group and brings this value."""
    def make(sa):
        offered = octets.proposal(1, octets.IKE_PROTOCOL, b"", sa.suite.transforms + [(keys.GROUP, group)])
        payloads = [(SA, offered), (KE, octets.key_exchange(group, value))] + sa.init_payloads()[2:]
        return sa.init_request(payloads)
    return make


def proposals(body):
    return replacing(SA, body)


GOOD_TRANSFORMS = keys.Gcm.transforms + [(keys.GROUP, keys.X25519)]


def many_proposals(count):
    return b"".join(octets.proposal(number % 255 + 1, octets.IKE_PROTOCOL, b"", GOOD_TRANSFORMS, last=number == count - 1)
                    for number in range(count))


def reserved_everywhere(sa):
    """Every field that the RFC calls reserved is set."""
    payloads = [(kind, bytes([body[0]]) + b"\xff" + body[2:] if kind == SA else
                 body[:2] + b"\xff\xff" + body[4:] if kind == KE else body, 0x7f)
                for kind, body in sa.init_payloads()]
    return sa.init_request(payloads)


def cut(sa, fix_length):
    """The request cut at every octet; whatever is left is no IKE_SA_INIT request."""
    whole = sa.init_request()
    pieces = [whole[:length] for length in range(len(whole))]
    return [piece[:24] + len(piece).to_bytes(4, "big") + piece[28:] if fix_length and len(piece) >= 28 else piece
            for piece in pieces]


def lying_length(difference):
    return lambda sa: sa.init_request(length=len(sa.init_request()) + difference)


def lying_payload_length(offset):
    """The length of the last payload is wrong by `offset`."""
    def make(sa):
        whole = bytearray(sa.init_request())
        place = len(whole) - 8 + 2
        whole[place:place + 2] = ((8 + offset) & 0xffff).to_bytes(2, "big")
        return bytes(whole)
    return make


def unknown_sa(exchange, response=False):
    """A protected message of an IKE_SA that nobody has."""
    def make(sa):
        sa.spi_r = os.urandom(8)
        sealed = (SK, os.urandom(40))
        return sa.plain([sealed], exchange=exchange, message_id=1, response=response)
    return make


def other_request_with_same_spi(sa):
    """The second request is not the first one again: it is none of ours to answer."""
    first = sa.init_request()
    other = sa.plain(sa.init_payloads() + [(VENDOR, b"other")])
    return [first, other]


CASES = [
    Case("unknown critical payload", adding((UNKNOWN, b"?", CRITICAL)),
         (UNSUPPORTED_CRITICAL_PAYLOAD, bytes([UNKNOWN])), 1, NONE),
    Case("unknown payload", adding((UNKNOWN, b"?")), GOOD, 0, OPENED),
    Case("unknown payload in front", with_payloads(lambda present: [(UNKNOWN, b"")] + present), GOOD, 0, OPENED),
    Case("reserved fields set", reserved_everywhere, GOOD, 0, OPENED),
    Case("reserved flags set", with_header(flags=0xc7 | octets.INITIATOR), GOOD, 0, OPENED),
    Case("version flag set", with_header(flags=0x10 | octets.INITIATOR), GOOD, 0, OPENED),
    Case("minor version 9", with_header(version=0x29), GOOD, 0, OPENED),
    Case("major version 3", with_header(version=0x30), INVALID_MAJOR_VERSION, 1, NONE),
    Case("major version 15", with_header(version=0xf0), INVALID_MAJOR_VERSION, 1, NONE),
    Case("major version 3 in a response", with_header(version=0x30, flags=octets.RESPONSE), left=NONE),
    Case("major version 1", with_header(version=0x10), left=NONE),
    Case("major version 0", with_header(version=0x00), left=NONE),
    Case("no initiator SPI", with_spis(spi_i=bytes(8)), left=NONE),
    Case("a responder SPI", with_spis(spi_r=b"\1" * 8), left=NONE),
    Case("message ID 1", with_header(message_id=1), left=NONE),
    Case("message ID 0xffffffff", with_header(message_id=0xffffffff), left=NONE),
    Case("not from the initiator", with_header(flags=0), left=NONE),
    Case("a response to nothing", with_header(flags=octets.RESPONSE), left=NONE),
    Case("length too large", lying_length(1), left=NONE),
    Case("length too small", lying_length(-1), left=NONE),
    Case("length 0", with_header(length=0), left=NONE),
    Case("length 0xffffffff", with_header(length=0xffffffff), left=NONE),
    Case("payload longer than the message", lying_payload_length(1), INVALID_SYNTAX, 1, NONE),
    Case("payload shorter than its data", lying_payload_length(-1), INVALID_SYNTAX, 1, NONE),
    Case("payload of length 3", lying_payload_length(-5), INVALID_SYNTAX, 1, NONE),
    Case("payload of length 0", lying_payload_length(-8), INVALID_SYNTAX, 1, NONE),
    Case("payload of length 65535", lying_payload_length(-9), INVALID_SYNTAX, 1, NONE),
    Case("no payloads", lambda sa: sa.plain([]), INVALID_SYNTAX, 1, NONE),
    Case("a notify alone", lambda sa: sa.plain([octets.notify(16384)]), INVALID_SYNTAX, 1, NONE),
    Case("an error alone", lambda sa: sa.plain([octets.notify(14)]), INVALID_SYNTAX, 1, NONE),
    Case("no SA", without(SA), INVALID_SYNTAX, 1, NONE),
    Case("no KE", without(KE), INVALID_SYNTAX, 1, NONE),
    Case("no nonce", without(NONCE), INVALID_SYNTAX, 1, NONE),
    Case("two SA", twice(SA), INVALID_SYNTAX, 1, NONE),
    Case("two KE", twice(KE), INVALID_SYNTAX, 1, NONE),
    Case("two nonces", twice(NONCE), INVALID_SYNTAX, 1, NONE),
    Case("an ID", adding((octets.IDI, octets.identity(2, b"x"))), INVALID_SYNTAX, 1, NONE),
    Case("SK", adding((SK, bytes(40))), INVALID_SYNTAX, 1, NONE),
    Case("nonce of 15 octets", replacing(NONCE, bytes(15)), INVALID_SYNTAX, 1, NONE),
    Case("nonce of 257 octets", replacing(NONCE, bytes(257)), INVALID_SYNTAX, 1, NONE),
    Case("empty nonce", replacing(NONCE, b""), INVALID_SYNTAX, 1, NONE),
    Case("KE of 3 octets", replacing(KE, bytes(3)), INVALID_SYNTAX, 1, NONE),
    Case("KE without value", replacing(KE, octets.key_exchange(keys.X25519, b"")), INVALID_SYNTAX, 1, NONE),
    Case("KE too short", replacing(KE, octets.key_exchange(keys.X25519, b"\x09" * 31)), INVALID_SYNTAX, 1, NONE),
    Case("KE too long", replacing(KE, octets.key_exchange(keys.X25519, b"\x09" * 33)), INVALID_SYNTAX, 1, NONE),
    *(Case(f"KE of small order {number}", key_exchange(keys.X25519, value), INVALID_SYNTAX, 1, NONE)
      for number, value in enumerate(SMALL_ORDER)),
    *(Case(f"modp KE {name}", key_exchange(keys.MODP2048, value.to_bytes(256, "big")), INVALID_SYNTAX, 1, NONE)
      for name, value in OCTETS.items()),
    Case("modp KE too short", key_exchange(keys.MODP2048, b"\x02" * 255), INVALID_SYNTAX, 1, NONE),
    Case("modp KE too long", key_exchange(keys.MODP2048, b"\x02" * 257), INVALID_SYNTAX, 1, NONE),
    Case("ecp256 KE not on the curve", key_exchange(ECP256, b"\x02" * 64), INVALID_SYNTAX, 1, NONE),
    Case("ecp256 KE zero", key_exchange(ECP256, bytes(64)), INVALID_SYNTAX, 1, NONE),
    Case("ecp256 KE of 65 octets", key_exchange(ECP256, b"\x04" + b"\x02" * 64), INVALID_SYNTAX, 1, NONE),
    Case("KE of another group", replacing(KE, octets.key_exchange(MODP1024, bytes(128))),
         (INVALID_KE_PAYLOAD, b"\0\x1f"), 0, NONE),
    Case("only an unknown group", key_exchange(999, bytes(32)), NO_PROPOSAL_CHOSEN, 0, NONE),
    Case("no proposal", proposals(b""), INVALID_SYNTAX, 1, NONE),
    Case("64 proposals", proposals(many_proposals(64)), GOOD, 0, OPENED),
    Case("65 proposals", proposals(many_proposals(65)), INVALID_SYNTAX, 1, NONE),
    Case("255 transforms", proposals(octets.proposal(
        1, octets.IKE_PROTOCOL, b"", GOOD_TRANSFORMS[:2] + [(keys.ENCRYPTION, 20, 128)] * 252 + GOOD_TRANSFORMS[2:])),
        GOOD, 0, OPENED),
    Case("fewer transforms than said", proposals(octets.proposal(
        1, octets.IKE_PROTOCOL, b"", GOOD_TRANSFORMS, count=200)), INVALID_SYNTAX, 1, NONE),
    Case("more transforms than said", proposals(octets.proposal(
        1, octets.IKE_PROTOCOL, b"", GOOD_TRANSFORMS, count=1)), INVALID_SYNTAX, 1, NONE),
    Case("SPI longer than the proposal", proposals(octets.proposal(
        1, octets.IKE_PROTOCOL, b"", GOOD_TRANSFORMS, spi_size=255)), INVALID_SYNTAX, 1, NONE),
    Case("a further proposal that is not there", proposals(octets.proposal(
        1, octets.IKE_PROTOCOL, b"", GOOD_TRANSFORMS, last=False)), INVALID_SYNTAX, 1, NONE),
    Case("a proposal of an unknown protocol", proposals(octets.proposal(1, 99, b"", GOOD_TRANSFORMS)),
         NO_PROPOSAL_CHOSEN, 0, NONE),
    Case("a proposal for ESP", proposals(octets.proposal(1, octets.ESP_PROTOCOL, b"\1\2\3\4", GOOD_TRANSFORMS)),
         NO_PROPOSAL_CHOSEN, 0, NONE),
    Case("an unknown transform type", proposals(octets.proposal(
        1, octets.IKE_PROTOCOL, b"", GOOD_TRANSFORMS + [(99, 1)])), NO_PROPOSAL_CHOSEN, 0, NONE),
    Case("an unknown attribute", proposals(octets.proposal(
        1, octets.IKE_PROTOCOL, b"", [(keys.ENCRYPTION, 20, 128), (keys.PRF, 5, 77)] + GOOD_TRANSFORMS[2:])),
        NO_PROPOSAL_CHOSEN, 0, NONE),
    Case("65 payloads", adding(*[(VENDOR, b"x")] * 59), INVALID_SYNTAX, 1, NONE),
    Case("2000 payloads", adding(*[(VENDOR, b"")] * 2000), INVALID_SYNTAX, 1, NONE),
    Case("many notifies", adding(*[octets.notify(40000 + number) for number in range(40)]), GOOD, 0, OPENED),
    Case("a notify whose SPI is longer than itself", adding((NOTIFY, b"\0\xff\x40\x00")), INVALID_SYNTAX, 1, NONE),
    Case("a notify of 3 octets", adding((NOTIFY, b"\0\0\x40")), INVALID_SYNTAX, 1, NONE),
    Case("hash algorithms of odd length", adding(octets.notify(16431, b"\0\2\0")), GOOD, 0, OPENED),
    Case("a NAT detection hash of 1 octet", adding(octets.notify(octets.NATD_SOURCE, b"x")), GOOD, 0, OPENED),
    Case("a cookie that nobody gave", with_payloads(lambda present: [octets.notify(octets.COOKIE, b"c" * 64)] + present),
         GOOD, 0, OPENED),
    Case("the same request twice", lambda sa: [sa.init_request()] * 2, GOOD, 0, OPENED),
    Case("another request with the same SPI", other_request_with_same_spi, GOOD, 1, OPENED),
    *(Case(f"exchange {exchange} of an unknown IKE_SA", unknown_sa(exchange), left=NONE)
      for exchange in (35, 36, 37, 38, 43, 44, 240)),
    *(Case(f"a response of exchange {exchange} of an unknown IKE_SA", unknown_sa(exchange, True), left=NONE)
      for exchange in (34, 35, 37)),
    Case("nothing", lambda sa: b"", left=NONE),
    Case("one octet", lambda sa: b"\xff", counted=0, left=NONE),
    Case("27 octets", lambda sa: bytes(27), left=NONE),
    Case("65507 octets", lambda sa: os.urandom(65507), left=NONE),
    Case("the marker of port 4500", lambda sa: bytes(4) + sa.init_request(), left=NONE),
]

# What port 4500 is sent besides IKE: the kernel has taken ESP away when the daemon looks.
ON_4500 = [
    Case("a keepalive", lambda sa: b"\xff", counted=0, left=NONE),
    Case("another octet", lambda sa: b"\0", left=NONE),
    Case("nothing on 4500", lambda sa: b"", left=NONE),
    Case("the marker alone", lambda sa: bytes(4), left=NONE),
    Case("three octets of the marker", lambda sa: bytes(3), left=NONE),
    Case("ESP of an unknown SA", lambda sa: b"\1\2\3\4" + os.urandom(60), counted=0, left=NONE),
    Case("the marker and 4 octets", lambda sa: bytes(4) + b"\1\2\3\4", left=NONE),
    Case("IKE without marker", lambda sa: sa.init_request(), counted=0, left=NONE),
]
