"""What a scenario is, and the `Lab` that it is handed."""

import importlib
import os
import pkgutil
from dataclasses import dataclass
from typing import Callable

import peers
from swandlab import capture, tunnel
from swandlab.failure import require
from swandlab.topology import Network

# Who plays moon (which initiates, where nothing else is said) and who plays sun.
EITHER_WAY = ("swand-charon", "charon-swand")
ALL_WAYS = EITHER_WAY + ("swand-swand",)
SWAND_FIRST = ("swand-charon",)
SWAND_SECOND = ("charon-swand",)

_registry = {}


@dataclass(frozen=True)
class Scenario:
    """A function to run, the pairs of implementations to run it with, and its time limit in seconds.

    `needs` names what the small guest kernel does not have: see `engine.NEEDS`.
    """
    name: str
    function: Callable
    pairs: tuple
    limit: int
    network: dict
    # Others run only when they are asked for.
    usual: bool = True
    needs: str = ""


@dataclass(frozen=True)
class Instance:
    """A scenario with its two roles filled."""
    scenario: Scenario
    moon: str
    sun: str

    @property
    def name(self):
        return f"{self.scenario.name}/{self.moon}-{self.sun}"

    def run(self, lab):
        self.scenario.function(lab)


def scenario(name, pairs=ALL_WAYS, limit=90, usual=True, needs="", **network):
    """Registers the function below as the scenario `name`; `network` goes to `Network`."""
    def register(function):
        require(name not in _registry, f"two scenarios are called {name}")
        _registry[name] = Scenario(name, function, tuple(pairs), limit, network, usual, needs)
        return function
    return register


def load_all(directory):
    """Imports every file of the scenarios' folder and returns all instances in the order of the files."""
    for module in sorted(name for _, name, _ in pkgutil.iter_modules([directory])):
        importlib.import_module(f"scenarios.{module}")
    return _instances()


def load_demo():
    """Only the demonstration, which is no test."""
    importlib.import_module("swandlab.demo")
    return _instances()


def _instances():
    return [Instance(found, *pair.split("-")) for found in _registry.values() for pair in found.pairs]


class Lab:
    """One scenario's network and its two peers."""

    def __init__(self, instance, job, runner):
        self.job = job
        self._runner = runner
        self._dissections = 0
        self.network = Network(**instance.scenario.network)
        self.moon = peers.make(instance.moon, self.network["moon"], job)
        self.sun = peers.make(instance.sun, self.network["sun"], job)
        self.peers = (self.moon, self.sun)

    @property
    def alice(self):
        return self.network["alice"]

    @property
    def bob(self):
        return self.network["bob"]

    def role(self, implementation):
        """The peer that is played by `implementation`, or moon."""
        return next((peer for peer in self.peers if peer.name == implementation), self.moon)

    # Beginning

    def site_to_site(self, settings=None, moon_settings=None, sun_settings=None, moon=None, sun=None, **options):
        """Configures, starts and loads both gateways: see `tunnel.Tunnel` for the options.

        `moon` and `sun` are options of one side only.
        """
        self.tunnels = {}
        for peer, side, own, own_settings in ((self.moon, tunnel.MOON, moon, moon_settings),
                                              (self.sun, tunnel.SUN, sun, sun_settings)):
            description = tunnel.Tunnel(side, **(options | (own or {})))
            self.tunnels[side.name] = description
            peer.configure_tunnel(description, (settings or {}) | (own_settings or {}))
        self.start()

    def replace(self, moon=None, sun=None, **options):
        """Puts other connections in place of the running gateways' own: quick, because no process starts.

        The options are those of `site_to_site`, with pre-shared keys only; SAs that are up stay.
        """
        for peer, side, own in ((self.moon, tunnel.MOON, moon), (self.sun, tunnel.SUN, sun)):
            description = tunnel.Tunnel(side, **(options | (own or {})))
            for name, connection in tunnel.vici_connections(description).items():
                peer.call("load-conn", {name: connection})

    def start(self):
        for peer in self.peers:
            peer.start()
            peer.load()

    # Traffic

    def ping_through(self, count=2):
        """alice reaches bob and bob alice."""
        self.alice.ping(tunnel.SUN.inner_host, count)
        self.bob.ping(tunnel.MOON.inner_host, count)

    def check_wire(self):
        """No malformed packet and no unprotected ping crossed the wire so far; returns the packets."""
        packets = self.dissect()
        capture.check_clean(packets)
        return packets

    def dissect(self):
        """What tshark says about each packet on the wire so far: see `capture.FIELDS`.

        tshark runs outside: it takes six seconds in the guest and half a second there.
        """
        return self._tshark({})

    def summary(self, display_filter):
        """tshark's own one-line summaries of what crossed the wire so far."""
        return "\n".join(self._tshark({"filter": display_filter}))

    def _tshark(self, question):
        self._dissections += 1
        path = f"{self.job['exchange']}/{self.network.serial}-{self._dissections}"
        self.network.capture.save(f"{path}.pcap")
        return self._runner.ask(question | {"dissect": f"{path}.pcap", "answer": f"{path}.json"}, f"{path}.json")

    def say(self, text):
        """Shows text to whoever watches: the demonstration does."""
        self._runner.say(text)

    def udp_payloads(self, port):
        """Payloads of all IPv4 UDP datagrams to `port` that crossed the wire so far."""
        found = []
        for _, frame in self.network.capture.packets():
            header = 14 + (frame[14] & 15) * 4 if frame[12:14] == b"\x08\x00" and frame[23] == 17 else None
            if header and int.from_bytes(frame[header + 2:header + 4], "big") == port:
                found.append(frame[header + 8:header + int.from_bytes(frame[header + 4:header + 6], "big")])
        return found

    # End

    def save(self, directory):
        """Leaves logs, kernel lists and the capture for whoever has to find out."""
        os.makedirs(directory, exist_ok=True)
        self.network.capture.save(f"{directory}/wan.pcap")
        for peer in self.peers:
            name = peer.host.name
            commands = (("xfrm-state", "ip -s xfrm state"), ("xfrm-policy", "ip xfrm policy"),
                        ("addresses", "ip address"), ("routes", "ip route show table all"),
                        ("rules", "ip rule"), ("rules6", "ip -6 rule"))
            for file, command in commands:
                with open(f"{directory}/{name}.{file}.txt", "w") as output:
                    output.write(peer.host.run(*command.split()).stdout)
            for file in os.listdir(peer.host.logs):
                with open(f"{peer.host.logs}/{file}", errors="replace") as source:
                    with open(f"{directory}/{name}.{file}", "w") as target:
                        target.write(source.read())

    def close(self):
        self.network.close()
