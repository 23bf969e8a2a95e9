"""libreswan's pluto 4.10, unpacked beside the system: its paths are mounted into the host that runs it."""

import os

from peers.peer import Peer as BasePeer
from swandlab import certificates
from swandlab.failure import Failure, require, wait_until
from swandlab.namespaces import MS_BIND, mount

TREE = os.path.join(os.path.dirname(certificates.CACHE), "trees", "libreswan")
EXEC = "/usr/libexec/ipsec"
NSS = "/var/lib/ipsec/nss"

CONF = """
config setup
    logfile = /dev/stderr
    uniqueids = yes

conn net
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
    {auth}
"""


class Peer(BasePeer):
    name = "pluto"

    def configure_tunnel(self, tunnel, settings=None):
        self._mount_tree()
        own, peer = tunnel.addresses
        child = tunnel.child_sections()["net"]
        is_mobile = tunnel.connection.get("mobike") == "yes"
        auth, secrets = "authby = secret", f": PSK {tunnel.secret}\n"
        if tunnel.auth != "psk":
            # By default pluto wants PSS signatures only from RSA keys, and any from ECDSA keys.
            authby = "rsasig" if tunnel.auth in ("rsa", "chain") else "ecdsa"
            auth, secrets = f"authby = {authby}\n    leftcert = {tunnel.own_certificate}\n    rightca = \"C=CH, O=swand lab, CN={tunnel.own_authority}\"", ""
        delay = tunnel.connection.get("dpd_delay")
        self.host.write("/etc/ipsec.conf", CONF.format(
            own=own, peer="%any" if is_mobile else peer, identity=tunnel.side.identity,
            other_identity=tunnel.side.other.identity, selectors=self._selectors(child),
            ike=_algorithms(tunnel.ike), protocol="ah" if tunnel.ah else "esp",
            algorithms=_algorithms(tunnel.ah or tunnel.esp), auth=auth, give_up="4s" if delay else "60s",
            liveness=f"dpddelay = {delay}\n    dpdtimeout = 4\n    dpdaction = clear" if delay else "",
            # Off by default in pluto, and only for peers that may be anywhere.
            mobike="yes" if is_mobile else "no"))
        self.host.write("/etc/ipsec.secrets", secrets)
        self._make_database(tunnel.credentials, tunnel.own_authority)

    def _selectors(self, child):
        if child.get("mode") == "transport":
            return "type = transport"
        # What the tunnel takes needs some route; the policy decides before a packet gets there.
        self.host.must("ip", "route", "replace", child["remote_ts"], "dev", "eth0")
        return f"leftsubnet = {child['local_ts']}\n    rightsubnet = {child['remote_ts']}"

    def _mount_tree(self):
        if not os.path.isdir(self.host.path(EXEC)):
            with self.host.namespaces.inside():
                mount(f"{TREE}/usr/libexec", "/usr/libexec", None, MS_BIND)

    def _make_database(self, credentials, authority):
        """pluto takes certificates only out of an NSS database."""
        os.makedirs(self.host.path(NSS), exist_ok=True)
        os.makedirs(self.host.path("/etc/ipsec.d"), exist_ok=True)
        self.host.must("certutil", "-N", "-d", f"sql:{NSS}", "--empty-password")
        for name in credentials:
            if name.startswith("ca-"):
                trust = "CT,C,C" if name == authority else ",,"
                self.host.must("certutil", "-A", "-d", f"sql:{NSS}", "-n", name, "-t", trust, "-a",
                               input=certificates.read(f"{name}.pem"))
            else:
                files = [f"{certificates.CACHE}/{name}.{kind}" for kind in ("pem", "key")]
                self.host.must("openssl", "pkcs12", "-export", "-name", name, "-in", files[0], "-inkey", files[1],
                               "-out", "/run/own.p12", "-passout", "pass:x")
                self.host.must("pk12util", "-i", "/run/own.p12", "-d", f"sql:{NSS}", "-W", "x", "-K", "")

    def command(self):
        os.makedirs(self.host.path("/run/pluto"), exist_ok=True)
        return [f"{EXEC}/pluto", "--nofork", "--stderrlog", "--config", "/etc/ipsec.conf", "--nssdir", NSS,
                "--rundir", "/run/pluto"]

    def ready(self):
        return self._whack("--status")[0] == 0

    def load(self):
        """pluto reads its connections by itself, but takes commands before that."""
        wait_until(lambda: '"net":' in self._whack("--status")[1], f"pluto on {self.host.name} has its connection")

    def initiate(self, child):
        self._whack("--initiate", "--name", child, "--asynchronous")
        wait_until(lambda: child in self.traffic(),
                   f"pluto on {self.host.name} has a tunnel")

    def traffic(self):
        """One line for each established CHILD_SA."""
        return self._whack("--trafficstatus")[1]

    def wait_one_pair(self, deadline=30):
        """Waits until exactly one CHILD_SA of one IKE_SA is left."""
        wait_until(lambda: len(self.traffic().splitlines()) == 1, f"pluto on {self.host.name} has one CHILD_SA", deadline)

    def terminate(self, ike=None, child=None):
        self._whack("--terminate", "--name", "net")

    def rekey(self, ike=None, child=None):
        code, output = self._whack("--rekey-ike" if ike else "--rekey-ipsec", "--name", "net", "--asynchronous")
        require(code == 0, f"pluto does not rekey: {output}")

    def stop(self):
        self._whack("--shutdown")
        try:
            self.process.wait(30)
        except Exception:
            raise Failure(f"pluto on {self.host.name} does not end")

    def _whack(self, *arguments):
        result = self.host.run(f"{EXEC}/whack", *arguments)
        return result.returncode, result.stdout


def _algorithms(proposal):
    """strongSwan's words for algorithms as libreswan's."""
    words = {"aes128": "aes128", "aes256": "aes256", "sha256": "sha2_256", "sha384": "sha2_384", "x25519": "dh31",
             "ecp256": "dh19", "modp2048": "modp2048", "modp3072": "modp3072", "aes128gcm16": "aes_gcm128-null",
             "aes256gcm16": "aes_gcm256-null"}
    return "-".join(words[part] for part in proposal.split("-"))
