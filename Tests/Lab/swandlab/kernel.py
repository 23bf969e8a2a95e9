"""What the kernel of a host holds: `ip -s xfrm state`, `ip xfrm policy` and the routes, as data."""

import re
from dataclasses import dataclass, field


@dataclass
class State:
    """One SA of the SAD."""
    source: str
    destination: str
    protocol: str = ""
    spi: int = 0
    reqid: int = 0
    mode: str = ""
    replay_window: int = 0
    flags: frozenset = frozenset()
    algorithms: tuple = ()
    encapsulation: tuple = ()
    bytes: int = 0
    packets: int = 0
    soft_seconds: int = 0
    hard_seconds: int = 0
    selector: str = ""

    def shape(self):
        """What two daemons must agree on: everything but SPI, keys, reqid, counters and lifetimes."""
        return (self.source, self.destination, self.protocol, self.mode, self.replay_window,
                tuple(sorted(self.flags)), self.algorithms, self.encapsulation, self.selector)


@dataclass
class Template:
    source: str
    destination: str
    protocol: str = ""
    spi: int = 0
    reqid: int = 0
    mode: str = ""


@dataclass
class Policy:
    """One policy of the SPD, or of a socket."""
    source: str
    destination: str
    selector: str = ""
    direction: str = ""
    priority: int = 0
    action: str = "allow"
    templates: list = field(default_factory=list)

    def shape(self):
        """Everything but SPI and reqid."""
        templates = tuple((t.source, t.destination, t.protocol, t.mode, bool(t.spi)) for t in self.templates)
        return (self.direction, self.source, self.destination, self.selector, self.priority, self.action, templates)


def states(host):
    return parse_states(host.must("ip", "-s", "xfrm", "state"))


def policies(host):
    """All policies but the ones that hang on sockets."""
    return [p for p in parse_policies(host.must("ip", "xfrm", "policy")) if p.direction in ("in", "out", "fwd")]


def routes(host, table=220):
    found = []
    for family in ("-4", "-6"):
        listing = host.run("ip", family, "route", "show", "table", table)
        if listing.returncode == 0:
            found += [" ".join(line.split()) for line in listing.stdout.splitlines() if line.strip()]
    return sorted(found)


def rules(host):
    """The routing rules of both families that look into a table of a daemon's own."""
    lines = [f"{family} {' '.join(line.split())}" for family in ("-4", "-6")
             for line in host.must("ip", family, "rule", "show").splitlines()]
    return [line for line in lines if line.split()[-1] not in ("local", "main", "default")]


def parse_states(text):
    result = []
    for block in re.split(r"^(?=src )", text, flags=re.M):
        if block.strip():
            result.append(_state(block))
    return result


def _state(block):
    head = re.match(r"src (\S+) dst (\S+)", block)
    state = State(head[1], head[2])
    identity = re.search(r"proto (\S+) spi (0x[0-9a-f]+)\S* reqid (\d+)\S* mode (\S+)", block)
    if identity:
        state.protocol, state.spi = identity[1], int(identity[2], 16)
        state.reqid, state.mode = int(identity[3]), identity[4]
    window = re.search(r"replay-window (\d+)", block)
    extended = re.search(r"replay_window (\d+)", block)
    state.replay_window = int((extended or window or [0, 0])[1])
    flags = re.search(r"^\s*replay-window.*?flag (.*)$", block, re.M)
    state.flags = frozenset(word for word in (flags[1].split() if flags else []) if not word.startswith("("))
    state.algorithms = tuple(_algorithm(*found) for found in re.findall(
        r"^\s*(aead|auth-trunc|auth|enc|comp) (\S+)(?: 0x([0-9a-f]*))?(?: \(\d+ bits\))?(?: (\d+))?", block, re.M))
    encapsulation = re.search(r"encap type (\S+) sport (\d+) dport (\d+)", block)
    if encapsulation:
        state.encapsulation = (encapsulation[1], int(encapsulation[2]), int(encapsulation[3]))
    # A selector in the SA limits it to one address family even when it says 0.0.0.0/0.
    state.selector = (re.search(r"^\s*sel (src .*?)(?: uid \d+)?\s*$", block, re.M) or ["", ""])[1]
    counters = re.search(r"lifetime current:\s+(\d+)\(bytes\), (\d+)\(packets\)", block)
    if counters:
        state.bytes, state.packets = int(counters[1]), int(counters[2])
    limits = re.search(r"expire add: soft (\d+)\(sec\), hard (\d+)\(sec\)", block)
    if limits:
        state.soft_seconds, state.hard_seconds = int(limits[1]), int(limits[2])
    return state


def _algorithm(kind, name, key, size):
    """Such as ("enc", "cbc(aes)", 256 bits of key) or ("auth-trunc", "hmac(sha256)", 256 bits of key, 128)."""
    return (kind, name, len(key) * 4) + ((int(size),) if size else ())


def parse_policies(text):
    result = []
    for block in re.split(r"^(?=src )", text, flags=re.M):
        if block.strip():
            result.append(_policy(block))
    return result


def _policy(block):
    head = re.match(r"src (\S+) dst (\S+)(.*)", block)
    policy = Policy(head[1], head[2], head[3].strip())
    direction = re.search(r"^\s*(?:dir|socket) (\S+)", block, re.M)
    if "socket" in block.split("\n", 2)[1]:
        policy.direction = "socket"
    elif direction:
        policy.direction = direction[1]
    policy.action = (re.search(r"\baction (\S+)", block) or [None, "allow"])[1]
    policy.priority = int((re.search(r"\bpriority (\d+)", block) or [None, "0"])[1])
    for source, destination, rest in re.findall(r"^\s+tmpl src (\S+) dst (\S+)\n\s*(.*)$", block, re.M):
        spi = re.search(r"spi (0x[0-9a-f]+)", rest)
        policy.templates.append(Template(
            source, destination, re.search(r"proto (\S+)", rest)[1], int(spi[1], 16) if spi else 0,
            int(re.search(r"reqid (\d+)", rest)[1]), re.search(r"mode (\S+)", rest)[1]))
    return policy


def mask_keys(text):
    """The listing of `ip xfrm state` without key material."""
    return re.sub(r"((?:aead|auth-trunc|auth|enc) \S+) 0x[0-9a-f]+", r"\1 0x…", text)
