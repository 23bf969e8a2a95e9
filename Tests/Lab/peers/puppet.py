"""The puppet: no daemon, but messages that a scenario makes one by one."""

import base64

from peers.peer import Peer
from puppet import keys
from puppet.sa import Puppet
from puppet.wire import Wire


class Peer(Peer):
    name = "puppet"

    def __init__(self, host, job):
        super().__init__(host, job)
        self.wires = {}
        self.side = None
        self.secret = b""

    def configure_tunnel(self, tunnel, settings=None):
        self.side = tunnel.side
        self.secret = base64.b64decode(tunnel.secret[2:])

    def start(self):
        pass

    def wire(self, port=500, address=None, marked=None):
        """The socket with this port and address, opened when it is first asked for."""
        own = address or self.side.address
        if (own, port) not in self.wires:
            self.wires[own, port] = Wire(self.host, own, self.side.other.address, port, marked)
        return self.wires[own, port]

    def sa(self, wire=None, initiator=True, suite=keys.Gcm, group=keys.X25519):
        """A new IKE_SA, with nothing sent yet."""
        fqdn = 2
        return Puppet(wire or self.wire(), (fqdn, self.side.identity.encode()),
                      (fqdn, self.side.other.identity.encode()), self.secret, initiator, suite, group)

    def established(self, wire=None, child=True, **options):
        """A new IKE_SA that is up."""
        sa = self.sa(wire, **options).begin()
        response = sa.authenticate(child)
        assert response.error is None, f"IKE_AUTH was refused with {response.notifies()}"
        return sa

    def log(self):
        return ""
