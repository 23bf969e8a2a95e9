"""IKE messages as octets (RFC 7296 section 3). A payload is (type, body) or (type, body, flags)."""

import hashlib
import socket
import struct

INIT, AUTH, CREATE_CHILD, INFORMATIONAL, INTERMEDIATE, FOLLOWUP = 34, 35, 36, 37, 43, 44
SA, KE, IDI, IDR, CERT, CERTREQ, AUTHENTICATION, NONCE, NOTIFY, DELETE, VENDOR, TSI, TSR, SK, CP, EAP, SKF = (
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 53)
UNKNOWN = 200
CRITICAL = 0x80
INITIATOR, RESPONSE = 0x08, 0x20
IKE_PROTOCOL, ESP_PROTOCOL = 1, 3

UNSUPPORTED_CRITICAL_PAYLOAD, INVALID_IKE_SPI, INVALID_MAJOR_VERSION, INVALID_SYNTAX = 1, 4, 5, 7
INVALID_MESSAGE_ID, NO_PROPOSAL_CHOSEN, INVALID_KE_PAYLOAD, AUTHENTICATION_FAILED = 9, 14, 17, 24
NO_ADDITIONAL_SAS, TS_UNACCEPTABLE, TEMPORARY_FAILURE, CHILD_SA_NOT_FOUND = 35, 38, 43, 44
COOKIE, REKEY_SA, NATD_SOURCE, NATD_DESTINATION = 16390, 16393, 16388, 16389
FRAGMENTATION_SUPPORTED, UPDATE_SA_ADDRESSES = 16430, 16400

HEADER = 28


def header(spi_i, spi_r, first, exchange, flags, message_id, length, version=0x20):
    return spi_i + spi_r + struct.pack("!BBBBII", first, version, exchange, flags, message_id & 0xffffffff, length)


def chain(payloads):
    """(type of the first payload, all payloads as octets)."""
    result = b""
    for place, payload in enumerate(payloads):
        following = payloads[place + 1][0] if place + 1 < len(payloads) else 0
        flags = payload[2] if len(payload) > 2 else 0
        result += struct.pack("!BBH", following, flags, (len(payload[1]) + 4) & 0xffff) + payload[1]
    return (payloads[0][0] if payloads else 0), result


def message(spi_i, spi_r, exchange, flags, message_id, payloads, **header_changes):
    """A message in the clear."""
    first, body = chain(payloads)
    return header(spi_i, spi_r, header_changes.pop("first", first), exchange, flags, message_id,
                  header_changes.pop("length", HEADER + len(body)), **header_changes) + body


class Parsed:
    """A message's header, and its payloads once they are readable."""

    def __init__(self, datagram):
        self.datagram = datagram
        self.spi_i, self.spi_r = datagram[:8], datagram[8:16]
        self.first, self.version, self.exchange, self.flags, self.message_id, self.length = struct.unpack(
            "!BBBBII", datagram[16:HEADER])
        self.payloads = [] if self.first in (SK, SKF) else parse_chain(self.first, datagram[HEADER:])

    @property
    def is_response(self):
        return bool(self.flags & RESPONSE)

    def body(self, kind):
        return next((payload[1] for payload in self.payloads if payload[0] == kind), None)

    def notifies(self):
        """{type: data} of all notifies."""
        found = {}
        for kind, body in self.payloads:
            if kind == NOTIFY:
                spi_size, number = body[1], struct.unpack("!H", body[2:4])[0]
                found[number] = body[4 + spi_size:]
        return found

    @property
    def error(self):
        """The type of the error notify, or None."""
        return next((number for number in self.notifies() if number < 16384), None)


def parse_chain(first, octets):
    payloads, place, kind = [], 0, first
    while kind:
        following, _, length = struct.unpack("!BBH", octets[place:place + 4])
        payloads.append((kind, octets[place + 4:place + length]))
        place, kind = place + length, following
    return payloads


# Bodies

def transform(kind, number, key_bits=None, last=False, extra=b""):
    attributes = struct.pack("!HH", 0x800e, key_bits) if key_bits else b""
    attributes += extra
    return struct.pack("!BBHBBH", 0 if last else 3, 0, 8 + len(attributes), kind, 0, number) + attributes


def proposal(number, protocol, spi, transforms, last=True, count=None, spi_size=None):
    """`transforms` are (type, number) or (type, number, key bits)."""
    body = b"".join(transform(*entry[:3], last=place == len(transforms) - 1)
                    if len(entry) > 2 else transform(*entry, last=place == len(transforms) - 1)
                    for place, entry in enumerate(transforms))
    return struct.pack("!BBHBBBB", 0 if last else 2, 0, 8 + len(spi) + len(body), number, protocol,
                       len(spi) if spi_size is None else spi_size,
                       len(transforms) if count is None else count) + spi + body


def key_exchange(group, value):
    return struct.pack("!HH", group, 0) + value


def notify(kind, data=b"", protocol=0, spi=b""):
    return NOTIFY, struct.pack("!BBH", protocol, len(spi), kind) + spi + data


def identity(kind, data):
    return bytes([kind, 0, 0, 0]) + data


def selectors(*ranges):
    """Each (first address, last address); whole protocols and ports."""
    body = b"".join(selector(*each) for each in ranges)
    return bytes([len(ranges), 0, 0, 0]) + body


def selector(first, last, kind=7, protocol=0, ports=(0, 65535), length=None):
    family = socket.AF_INET6 if ":" in first else socket.AF_INET
    ends = socket.inet_pton(family, first) + socket.inet_pton(family, last)
    return struct.pack("!BBHHH", kind, protocol, 8 + len(ends) if length is None else length, *ports) + ends


def delete(protocol, spi_size, spis, count=None):
    return DELETE, struct.pack("!BBH", protocol, spi_size, len(spis) if count is None else count) + b"".join(spis)


def nat_hash(spi_i, spi_r, address, port):
    return hashlib.sha1(spi_i + spi_r + socket.inet_aton(address) + struct.pack("!H", port)).digest()
