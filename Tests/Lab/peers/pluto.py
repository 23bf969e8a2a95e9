"""libreswan's pluto 4.10, unpacked beside the system: its paths are mounted into the host that runs it."""

import os

from peers.peer import Peer as BasePeer
from swandlab import certificates
from swandlab.failure import Failure, require, wait_until
from swandlab.namespaces import MS_BIND, mount

TREE = os.path.join(os.path.dirname(certificates.CACHE), "trees", "libreswan")
EXEC = "/usr/libexec/ipsec"

CONF = """
config setup
    {log}
    uniqueids = yes
"""

CONN = """
conn {name}
    ikev2 = insist
    left = {own}
    right = {peer}
    leftid = @{identity}
    rightid = @{other_identity}
    {selectors}
    ike = {ike}
    phase2 = {protocol}
    phase2alg = {algorithms}
    pfs = yes
    auto = add
    retransmit-timeout = {give_up}
    # No script: half a second in the guest for a route that can as well stand there.
    leftupdown = "%disabled"
    rekey = no
    sendca = all
    {liveness}
    mobike = {mobike}
    {ppk}
    {auth}
"""


class Peer(BasePeer):
    name = "pluto"
    # What its own /etc is, seen from outside.
    etc = "/etc"
    nss = "/var/lib/ipsec/nss"
    rekey_child = "--rekey-ipsec"
    log_option = "logfile = /dev/stderr"

    def configure_tunnel(self, tunnel, settings=None):
        self.mount_tree()
        self.children = tunnel.child_sections()
        self.host.write(f"{self.etc}/ipsec.conf", CONF.format(log=self.log_option) + "".join(
            CONN.format(name=name, **self._values(tunnel, child)) for name, child in self.children.items()))
        self.host.write(f"{self.etc}/ipsec.secrets", self._secrets(tunnel))
        self._make_database(tunnel.credentials, tunnel.own_authority)

    def _values(self, tunnel, child):
        own, peer = tunnel.addresses
        # pluto moves with its peer only where that may be anywhere, and itself only from the default route's address.
        is_mobile = tunnel.connection.get("mobike") == "yes"
        ppk = "no" if not tunnel.ppk else "insist" if tunnel.connection.get("ppk_required") == "yes" else "yes"
        delay = tunnel.connection.get("dpd_delay")
        return {
            "own": "%defaultroute" if own == "%any" else own, "peer": "%any" if is_mobile and own != "%any" else peer,
            "identity": tunnel.side.identity, "other_identity": tunnel.side.other.identity,
            "selectors": self._selectors(child), "ike": _algorithms(tunnel.ike),
            "protocol": "ah" if "ah_proposals" in child else "esp",
            "algorithms": _algorithms(child.get("ah_proposals") or child["esp_proposals"]),
            "give_up": "4s" if delay else "60s",
            "liveness": f"dpddelay = {delay}\n    dpdtimeout = 4\n    dpdaction = clear" if delay else "",
            "mobike": "yes" if is_mobile else "no", "ppk": f"ppk = {ppk}",
            "auth": self._authentication(tunnel),
        }

    def _authentication(self, tunnel):
        if tunnel.auth == "psk":
            return "authby = secret"
        # From RSA keys pluto wants PSS signatures, unless it is told to take any.
        authby = {"rsa": "rsasig", "chain": "rsasig", "pss": "rsa-sha2", "ecdsa384": "ecdsa-sha2_384",
                  "ecdsa521": "ecdsa-sha2_512"}.get(tunnel.auth, "ecdsa")
        return (f"authby = {authby}\n    leftcert = {tunnel.own_certificate}\n"
                f"    rightca = \"C=CH, O=swand lab, CN={tunnel.own_authority}\"")

    def _secrets(self, tunnel):
        secrets = f": PSK {tunnel.secret}\n" if tunnel.auth == "psk" else ""
        if tunnel.ppk:
            identity, secret = tunnel.ppk
            secrets += f": PPKS \"{identity}\" {secret}\n"
        return secrets

    def _selectors(self, child):
        if child.get("mode") == "transport":
            return "type = transport"
        # What the tunnel takes needs some route; the policy decides before a packet gets there.
        self.host.must("ip", "route", "replace", child["remote_ts"], "dev", "eth0")
        return f"leftsubnet = {child['local_ts']}\n    rightsubnet = {child['remote_ts']}"

    def mount_tree(self):
        if not os.path.isdir(self.host.path(EXEC)):
            with self.host.namespaces.inside():
                mount(f"{TREE}/usr/libexec", "/usr/libexec", None, MS_BIND)

    def _make_database(self, credentials, authority):
        """pluto takes certificates only out of an NSS database."""
        os.makedirs(self.host.path(self.nss), exist_ok=True)
        os.makedirs(self.host.path(f"{self.etc}/ipsec.d"), exist_ok=True)
        self.host.must("certutil", "-N", "-d", f"sql:{self.nss}", "--empty-password")
        for name in credentials:
            if name.startswith("ca-"):
                trust = "CT,C,C" if name == authority else ",,"
                self.host.must("certutil", "-A", "-d", f"sql:{self.nss}", "-n", name, "-t", trust, "-a",
                               input=certificates.read(f"{name}.pem"))
            else:
                files = [f"{certificates.CACHE}/{name}.{kind}" for kind in ("pem", "key")]
                self.host.must("openssl", "pkcs12", "-export", "-name", name, "-in", files[0], "-inkey", files[1],
                               "-out", "/run/own.p12", "-passout", "pass:x")
                self.host.must("pk12util", "-i", "/run/own.p12", "-d", f"sql:{self.nss}", "-W", "x", "-K", "")

    def command(self):
        os.makedirs(self.host.path("/run/pluto"), exist_ok=True)
        return [*self.program("pluto"), "--nofork", "--stderrlog", "--config", "/etc/ipsec.conf", "--nssdir", self.nss,
                "--rundir", "/run/pluto"]

    def ready(self):
        return self._whack("--status")[0] == 0

    def load(self):
        """pluto reads its connections by itself, but takes commands before that."""
        def loaded():
            status = self._whack("--status")[1]
            return all(f'"{name}":' in status for name in self.children)
        wait_until(loaded, f"pluto on {self.host.name} has its connections")

    def begin(self, child):
        """Asks for the tunnel and does not wait."""
        self._whack("--initiate", "--name", child, "--asynchronous")

    def initiate(self, child):
        self.begin(child)
        wait_until(lambda: f'"{child}"' in self.traffic(),
                   f"pluto on {self.host.name} has a tunnel")

    def try_initiate(self, child, timeout=4):
        """Tries to bring a child up; None, or that it did not come."""
        self._whack("--initiate", "--name", child, "--asynchronous")
        try:
            wait_until(lambda: f'"{child}"' in self.traffic(), f"pluto on {self.host.name} has a tunnel", timeout)
        except Failure as failure:
            return str(failure)
        return None

    def traffic(self):
        """One line for each established CHILD_SA."""
        return self._whack("--trafficstatus")[1]

    def wait_one_pair(self, deadline=30):
        """Waits until exactly one CHILD_SA of one IKE_SA is left."""
        wait_until(lambda: len(self.traffic().splitlines()) == 1,
                   f"pluto on {self.host.name} has one CHILD_SA", deadline)

    def terminate(self, ike=None, child=None):
        self._whack("--terminate", "--name", child or "net")

    def rekey(self, ike=None, child=None):
        code, output = self._whack("--rekey-ike" if ike else self.rekey_child, "--name", "net", "--asynchronous")
        require(code == 0, f"pluto does not rekey: {output}")

    def stop(self):
        self._whack("--shutdown")
        try:
            self.process.wait(30)
        except Exception:
            raise Failure(f"pluto on {self.host.name} does not end")

    def program(self, name):
        return [f"{EXEC}/{name}"]

    def _whack(self, *arguments):
        result = self.host.run(*self.program("whack"), *arguments)
        return result.returncode, result.stdout


def _algorithms(proposal):
    """strongSwan's words for algorithms as libreswan's."""
    words = {"aes128": "aes128", "aes256": "aes256", "sha256": "sha2_256", "sha384": "sha2_384", "x25519": "dh31",
             "ecp256": "dh19", "modp2048": "modp2048", "modp3072": "modp3072", "aes128gcm16": "aes_gcm128-null",
             "aes256gcm16": "aes_gcm256-null"}
    return "-".join(words[part] for part in proposal.split("-"))
