"""OpenIKED 7.2, unpacked beside the system. It negotiates when it is switched to active, and lists little."""

import base64
import os

from peers.peer import Peer as BasePeer
from swandlab import certificates, kernel
from swandlab.failure import wait_until

TREE = os.path.join(os.path.dirname(certificates.CACHE), "trees", "openiked")

CONF = """
set {mode}
set dpd_check_interval {dpd}
set {fragmentation}
ikev2 "net" {mode} {tmode} esp from {net} to {other_net} local {own} peer {peer} \\
    ikesa {ike} childsa {esp} noesn srcid {identity} dstid {other_identity} \\
    ikelifetime {ikelifetime} lifetime {lifetime} {auth}
"""


class Peer(BasePeer):
    name = "iked"
    # What its own /etc is, seen from outside.
    etc = "/etc"

    def configure_tunnel(self, tunnel, settings=None):
        own, peer = tunnel.addresses
        child = tunnel.child_sections()["net"]
        mode = child.get("mode", "tunnel")
        self.values = {
            "mode": "passive", "tmode": mode, "net": own if mode == "transport" else child["local_ts"],
            "other_net": peer if mode == "transport" else child["remote_ts"],
            "own": own, "peer": "any" if peer == "%any" else peer,
            "fragmentation": "nofragmentation" if tunnel.connection.get("fragmentation") == "no" else "fragmentation",
            "ike": _ike(tunnel.ike), "esp": _esp(tunnel.esp), "identity": tunnel.side.identity,
            "other_identity": tunnel.side.other.identity, "dpd": tunnel.connection.get("dpd_delay", "60s")[:-1],
            "ikelifetime": tunnel.connection.get("rekey_time", "14400s")[:-1],
            "lifetime": child.get("rekey_time", "10800s")[:-1],
            "auth": f"psk 0x{base64.b64decode(tunnel.secret[2:]).hex()}" if tunnel.auth == "psk" else "rfc7427",
        }
        self._write()
        for directory in ("ca", "certs", "private", "pubkeys/fqdn", "crls", "export", "ocsp"):
            os.makedirs(self.host.path(f"{self.etc}/iked/{directory}"), exist_ok=True)
        # It does not start without a key, even where it needs none.
        self.host.write(f"{self.etc}/iked/private/local.key", certificates.read(f"{tunnel.side.name}-ecdsa256.key"))
        for name in tunnel.credentials:
            if name.startswith("ca-"):
                self.host.write(f"{self.etc}/iked/ca/ca.crt", certificates.read(f"{name}.pem"), 0o644)
            else:
                self.host.write(f"{self.etc}/iked/certs/own.crt", certificates.read(f"{name}.pem"), 0o644)
                self.host.write(f"{self.etc}/iked/private/local.key", certificates.read(f"{name}.key"))
        self._make_user()

    def _make_user(self):
        """The package would have made the user to whom the daemon drops its privileges."""
        self.host.write("/etc/passwd", self.host.read("/etc/passwd") + "_iked:x:497:497::/run/iked:/bin/false\n", 0o644)
        self.host.write("/etc/group", self.host.read("/etc/group") + "_iked:x:497:\n", 0o644)
        os.makedirs(self.host.path("/run/iked"), exist_ok=True)

    def _write(self):
        self.host.write(f"{self.etc}/iked.conf", CONF.format(**self.values))

    def start(self):
        self.values["mode"] = "passive"
        self._write()
        super().start()
        # It installs flows, and leaves routes to the administrator.
        if self.values["tmode"] == "tunnel":
            self.host.must("ip", "route", "replace", self.values["other_net"], "dev", "eth0")

    def command(self):
        return [*self.program("iked"), "-d", "-vv", "-f", "/etc/iked.conf"]

    def ready(self):
        """The mode is the last of its settings to arrive; an exchange that begins before is forgotten."""
        return "config_getmode: " in self.log()

    def begin(self, child):
        """Only a policy that is active from the start negotiates."""
        self.values["mode"] = "active"
        self._write()
        self._control("reload")

    def initiate(self, child):
        self.begin(child)
        self.wait_up(child)

    def wait_one_pair(self, deadline=30):
        """Waits until exactly one CHILD_SA is left."""
        wait_until(lambda: len([s for s in kernel.states(self.host) if s.algorithms]) == 2,
                   f"iked on {self.host.name} has one CHILD_SA", deadline)

    def terminate(self, ike=None, child=None):
        self.values["mode"] = "passive"
        self._write()
        self._control("reset", "id", self.values["other_identity"])

    def _control(self, *words):
        return self.host.must(*self.program("ikectl"), *words)

    def program(self, name):
        return [f"{TREE}/usr/sbin/{name}"]


def _ike(proposal):
    cipher, integrity, group = proposal.split("-")
    return f"auth {_digest(integrity)} enc {_cipher(cipher)} prf {_digest(integrity)} group {_group(group)}"


def _esp(proposal):
    """7.2 on Linux silently forgets a proposal with AES-GCM: choose others in scenarios."""
    cipher, integrity, *group = proposal.split("-")
    return f"enc {_cipher(cipher)} auth {_digest(integrity)}" + (f" group {_group(group[0])}" if group else "")


def _digest(word):
    return {"sha1": "hmac-sha1", "sha256": "hmac-sha2-256", "sha384": "hmac-sha2-384", "sha512": "hmac-sha2-512"}[word]


def _cipher(word):
    return {"aes128": "aes-128", "aes256": "aes-256"}[word]


def _group(word):
    return {"x25519": "curve25519", "ecp256": "ecp256", "modp2048": "modp2048", "modp3072": "modp3072"}[word]
