"""Clients of the control socket that break the protocol, or do not read, cost neither the daemon nor the others."""

import os
import socket
import stat
import struct

from puppet.flood import Spoofer, garbage
from scenarios.bad_input import set_up
from swandlab import topology
from swandlab.failure import require, wait_until
from swandlab.scenario import scenario
from swandlab.vici_client import CMD_REQUEST, CMD_UNKNOWN, EVENT_REGISTER, EVENT_UNKNOWN

SOCKET = "/run/charon.vici"
SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END = 1, 2, 3, 4, 5, 6


def named(text):
    return bytes([len(text)]) + text


def packet(body):
    return struct.pack("!I", len(body)) + body


def request(command, message=b""):
    return packet(bytes([CMD_REQUEST]) + named(command) + message)


def section(name, content):
    return bytes([SECTION_START]) + named(name) + content + bytes([SECTION_END])


def nested(depth):
    content = b""
    for _ in range(depth):
        content = section(b"s", content)
    return content


# What ends the connection: the stream cannot be understood any further.
BROKEN = {
    "an empty packet": packet(b""),
    "a packet of 4 GB": b"\xff\xff\xff\xff" + bytes(100),
    "a packet of 512 KB and one": struct.pack("!I", 512 * 1024 + 1),
    "an unknown packet type": packet(b"\x63"),
    "an answer": packet(b"\1"),
    "an event": packet(bytes([7]) + named(b"log")),
    "a name longer than the packet": packet(bytes([CMD_REQUEST, 200]) + b"version"),
    "a name that is no text": packet(bytes([CMD_REQUEST, 2]) + b"\xff\xfe"),
    "an unknown element": request(b"version", b"\x63"),
    "a section that stays open": request(b"version", bytes([SECTION_START]) + named(b"x")),
    "a section that ends twice": request(b"version", bytes([SECTION_END])),
    "a list that stays open": request(b"version", bytes([LIST_START]) + named(b"x")),
    "an item outside of a list": request(b"version", bytes([LIST_ITEM, 0, 0])),
    "a section in a list": request(b"version", bytes([LIST_START]) + named(b"x") + section(b"y", b"")),
    "a value longer than the packet": request(b"version", bytes([KEY_VALUE]) + named(b"x") + b"\xff\xff"),
    "33 sections in each other": request(b"version", nested(33)),
    "100,000 sections in each other": request(b"version", bytes([SECTION_START, 1, 65]) * 100_000),
}

# What is answered with a failure, or with what there is.
ODD = {
    "load-conn without anything": request(b"load-conn"),
    "load-conn with values for sections": request(b"load-conn", bytes([KEY_VALUE]) + named(b"x") + b"\0\1y"),
    "load-conn with sections for values": request(b"load-conn", section(b"x", section(b"version", b"") + section(
        b"proposals", section(b"y", b"")) + section(b"children", section(b"c", section(b"mode", b""))))),
    "load-conn with a name of line ends": request(b"load-conn", section(b"\r\n\x1b[31m", b"")),
    "load-cert of random octets": request(b"load-cert", b"".join(
        bytes([KEY_VALUE]) + named(key) + struct.pack("!H", len(value)) + value
        for key, value in ((b"type", b"X509"), (b"flag", b"NONE"), (b"data", os.urandom(2000))))),
    "load-key of random octets": request(b"load-key", b"".join(
        bytes([KEY_VALUE]) + named(key) + struct.pack("!H", len(value)) + value
        for key, value in ((b"type", b"any"), (b"data", os.urandom(2000))))),
    "load-cert nested without end": request(b"load-cert", b"".join(
        bytes([KEY_VALUE]) + named(key) + struct.pack("!H", len(value)) + value
        for key, value in ((b"type", b"X509"), (b"flag", b"NONE"), (b"data", b"\x30\x80" * 10_000)))),
    "load-shared without a secret": request(b"load-shared"),
    "initiate without anything": request(b"initiate"),
    "initiate with a timeout of 10^30": request(b"initiate", bytes([KEY_VALUE]) + named(b"child") + b"\0\1x"
                                                + bytes([KEY_VALUE]) + named(b"timeout") + b"\0\x1f1" + b"0" * 30),
    "terminate of everything that there is not": request(b"terminate", bytes([KEY_VALUE]) + named(b"ike-id")
                                                         + b"\0\x14" + b"99999999999999999999"),
    "32 sections in each other": request(b"version", nested(31)),
}


class Client:
    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(daemon.host.path(SOCKET))
        self.socket.settimeout(10)

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def answer(self):
        """The first packet, or b"" when the daemon has closed the connection."""
        try:
            head = self.exactly(4)
            return self.exactly(int.from_bytes(head, "big")) if len(head) == 4 else b""
        except ConnectionResetError:
            return b""

    def exactly(self, count):
        found = b""
        while len(found) < count and (chunk := self.socket.recv(count - len(found))):
            found += chunk
        return found

    def close(self):
        self.socket.close()


def ask(daemon, octets):
    client = Client(daemon)
    client.send(octets)
    answer = client.answer()
    client.close()
    return answer


@scenario("bad-control-clients", ("puppet-swand",), lans=False)
def bad_clients(lab):
    bench = set_up(lab)
    daemon = lab.sun
    mode = os.stat(daemon.host.path(SOCKET)).st_mode
    require(stat.S_IMODE(mode) & 0o007 == 0, f"everybody may use the control socket: {oct(mode)}")
    for name, octets in BROKEN.items():
        require(ask(daemon, octets) == b"", f"{name}: the daemon did not close the connection")
        daemon.call("version")
    for name, octets in ODD.items():
        require(ask(daemon, octets)[:1] == b"\1", f"{name}: no answer")
        daemon.call("version")
    require(ask(daemon, request(b"no-such-command"))[:1] == bytes([CMD_UNKNOWN]), "an unknown command is not refused")
    unknown = packet(bytes([EVENT_REGISTER]) + named(b"no-such-event"))
    require(ask(daemon, unknown)[:1] == bytes([EVENT_UNKNOWN]), "an unknown event is not refused")
    log = daemon.log()
    require("\x1b" not in log and "\r" not in log, "a client's control characters stand in the log")
    before = bench.memory()
    many(daemon, bench)
    deaf(lab, bench, before)
    connections = [connection for item in daemon.stream("list-conns", "list-conn") for connection in item]
    require("gw" in connections, f"a bad client took the connection away: {connections}")
    bench.conclude()


def many(daemon, bench):
    """Three hundred clients, each with half of a packet."""
    clients = [Client(daemon) for _ in range(300)]
    for client in clients:
        client.send(struct.pack("!I", 1000) + bytes(500))
    daemon.call("version")
    for client in clients:
        client.close()
    daemon.call("version")


def deaf(lab, bench, before):
    """Clients that ask and register, and never read."""
    asking, listening = Client(lab.sun), Client(lab.sun)
    listening.send(packet(bytes([EVENT_REGISTER]) + named(b"log")))
    asking.socket.settimeout(0.5)
    sent = 0
    try:
        while sent < 40_000:
            asking.socket.sendall(request(b"get-counters") * 100)
            sent += 100
    except TimeoutError:
        pass
    require(sent < 40_000, "the daemon reads requests whose answers nobody takes")
    spoofer = Spoofer(lab.moon.host, topology.SUN)
    for _ in range(2000):
        spoofer.send("10.77.0.1", garbage())
    spoofer.close()
    bench.barrier(bench.good[False].wire)
    lab.sun.call("version")
    grown = bench.memory() - before
    require(grown < 16 * 1024, f"clients that do not read cost {grown} KB")
    for client in (asking, listening):
        client.close()
    wait_until(lambda: lab.sun.call("version"), "the daemon answers")
