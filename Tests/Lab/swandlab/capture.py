"""Everything that crosses a link, written as pcap, and what tshark thinks of it."""

import os
import socket
import struct
import subprocess

from swandlab.failure import require
from swandlab.host import ENVIRONMENT

_ETH_P_ALL = 3
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_OUTGOING = 4


class Capture:
    """A packet socket on one device. No process runs: the kernel keeps the packets until `packets` fetches them."""

    def __init__(self, host, device):
        self.host = host
        with host.namespaces.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.socket.bind((device, _ETH_P_ALL))
        self.socket.setblocking(False)
        self._packets = []

    def packets(self):
        """All frames so far, as (seconds, bytes)."""
        while True:
            try:
                frame, extra, _, address = self.socket.recvmsg(65536, 64)
            except BlockingIOError:
                return self._packets
            if address[2] == _OUTGOING:
                continue
            stamp = 0.0
            for level, kind, data in extra:
                if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("qq", data[:16])
                    stamp = seconds + nanoseconds / 1e9
            self._packets.append((stamp, frame))

    def save(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for stamp, frame in sorted(self.packets()):
                seconds = int(stamp)
                microseconds = int((stamp - seconds) * 1e6)
                file.write(struct.pack("<IIII", seconds, microseconds, len(frame), len(frame)) + frame)
            file.flush()
            os.fsync(file.fileno())

    def close(self):
        self.socket.close()


FIELDS = ("frame.protocols", "_ws.malformed", "icmp.type", "icmpv6.type", "isakmp.exchangetype", "isakmp.notify.msgtype",
          "udp.dstport")


def dissect(path):
    """Runs tshark once on a capture; each packet as a dictionary of FIELDS, values as tshark prints them."""
    command = ["tshark", "-n", "-r", path, "-T", "fields"] + [word for name in FIELDS for word in ("-e", name)]
    result = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    require(result.returncode == 0, f"tshark: {result.stderr.strip()}")
    return [dict(zip(FIELDS, line.split("\t"))) for line in result.stdout.splitlines()]


def summary(path, display_filter):
    """One line of text for each packet that passes the filter."""
    command = ["tshark", "-n", "-r", path, "-Y", display_filter]
    result = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    require(result.returncode == 0, f"tshark: {result.stderr.strip()}")
    return result.stdout.splitlines()


def check_clean(packets):
    """Fails when tshark finds a malformed packet, or when an unprotected ping crossed the link."""
    malformed = [number for number, packet in enumerate(packets, 1) if packet["_ws.malformed"]]
    require(not malformed, f"tshark finds malformed packets: numbers {malformed[:5]}")
    clear = [number for number, packet in enumerate(packets, 1)
             if packet["icmp.type"] in ("0", "8") or packet["icmpv6.type"] in ("128", "129")]
    require(not clear, f"unprotected pings crossed the wire: packets {clear[:5]}")
    require(any("esp" in packet["frame.protocols"].split(":") for packet in packets), "no ESP packet was captured")
