"""SAs and policies of a host by netlink: a hundredth of what starting `ip` costs in the guest, so that two kernels can
be looked at in nearly the same moment. Only what `chaos.agreement` compares is read."""

import ipaddress
import socket
import struct

from swandlab.kernel import Policy, State, Template

_NETLINK_XFRM = 6
_GETSA, _GETPOLICY, _DONE, _ERROR = 0x12, 0x15, 3, 2
_DUMP = 0x301
_ALGORITHMS = (1, 2, 3, 18, 20)
_TEMPLATES = 5
_DIRECTIONS = {0: "in", 1: "out", 2: "fwd"}
_PROTOCOLS = {50: "esp", 51: "ah", 108: "comp", 4: "4", 41: "41"}
_SA_LENGTH, _POLICY_LENGTH, _TEMPLATE_LENGTH = 224, 168, 64


def states(host):
    """As `kernel.states`, without lifetimes, counters and the names of algorithms."""
    return [_state(body) for body in _dump(host, _GETSA)]


def policies(host):
    """As `kernel.policies`: without those of sockets."""
    found = [_policy(body) for body in _dump(host, _GETPOLICY)]
    return [policy for policy in found if policy.direction]


def _dump(host, kind):
    with host.namespaces.inside():
        netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_XFRM)
    try:
        netlink.settimeout(10)
        netlink.bind((0, 0))
        netlink.send(struct.pack("=IHHII", 16, kind, _DUMP, 1, 0))
        bodies = []
        while True:
            data = netlink.recv(1 << 18)
            while len(data) >= 16:
                length, message = struct.unpack_from("=IH", data)
                if message == _DONE:
                    return bodies
                if message == _ERROR:
                    raise OSError(-struct.unpack_from("=i", data, 16)[0], "netlink refuses to list")
                bodies.append(data[16:length])
                data = data[(length + 3) & ~3:]
    finally:
        netlink.close()


def _state(body):
    family, mode = struct.unpack_from("=HB", body, 212)
    spi, protocol = struct.unpack_from("!IB", body, 72)
    state = State(_address(body, 80, family), _address(body, 56, family), _PROTOCOLS.get(protocol, str(protocol)), spi)
    state.reqid = struct.unpack_from("=I", body, 208)[0]
    state.mode = ("transport", "tunnel", "ro", "in_trigger", "beet")[mode]
    state.algorithms = tuple(kind for kind, _ in _attributes(body, _SA_LENGTH) if kind in _ALGORITHMS)
    return state


def _policy(body):
    family, destination_prefix, source_prefix = struct.unpack_from("=HBB", body, 40)
    policy = Policy(f"{_address(body, 16, family)}/{source_prefix}", f"{_address(body, 0, family)}/{destination_prefix}")
    policy.priority, _, direction = struct.unpack_from("=IIB", body, 152)
    policy.direction = _DIRECTIONS.get(direction, "")
    for kind, content in _attributes(body, _POLICY_LENGTH):
        if kind == _TEMPLATES:
            policy.templates = [_template(content[at:at + _TEMPLATE_LENGTH])
                                for at in range(0, len(content), _TEMPLATE_LENGTH)]
    return policy


def _template(body):
    spi, protocol = struct.unpack_from("!IB", body, 16)
    family, = struct.unpack_from("=H", body, 24)
    return Template(_address(body, 28, family), _address(body, 0, family), _PROTOCOLS.get(protocol, str(protocol)), spi,
                    struct.unpack_from("=I", body, 44)[0])


def _address(body, at, family):
    length = 4 if family == socket.AF_INET else 16
    return str(ipaddress.ip_address(body[at:at + length]))


def _attributes(body, at):
    while at + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, at)
        if length < 4:
            return
        yield kind, body[at + 4:at + length]
        at += (length + 3) & ~3
