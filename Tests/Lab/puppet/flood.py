"""Datagrams from addresses that the sender does not have."""

import os
import socket
import struct

UDP = 17


class Spoofer:
    """Sends UDP to one address of the daemon as if others did."""

    def __init__(self, host, other, port=500):
        self.other, self.port = other, port
        with host.namespaces.inside():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def send(self, source, datagram, source_port=500):
        udp = struct.pack("!HHHH", source_port, self.port, 8 + len(datagram), 0) + datagram
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0)
        ip += socket.inet_aton(source) + socket.inet_aton(self.other)
        self.socket.sendto(ip + udp, (self.other, 0))

    def close(self):
        self.socket.close()


def addresses(count, first="10.77.0.1"):
    """`count` addresses one after the other."""
    start = int.from_bytes(socket.inet_aton(first), "big")
    return [socket.inet_ntoa((start + number).to_bytes(4, "big")) for number in range(count)]


def garbage():
    """Something of any length that may look like an IKE message."""
    octets = os.urandom(int.from_bytes(os.urandom(1), "big") + 1)
    if len(octets) >= 28 and octets[0] & 1:
        head = octets[:16] + bytes([octets[16], 0x20, 34 + octets[18] % 4, octets[19]]) + bytes(4)
        octets = head + len(octets).to_bytes(4, "big") + octets[28:]
    return octets
