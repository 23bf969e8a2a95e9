"""The PyPI vici client, spoken to a daemon inside a host: how scenarios ask, without a process start each time."""

import socket

import vici

from swandlab.failure import Failure


class Control:
    """A VICI session that heals itself after the daemon was restarted; answers are plain str."""

    def __init__(self, path):
        self.path = path

    def ready(self):
        """True when the daemon answers on its socket."""
        try:
            self.call("version")
            return True
        except (OSError, ConnectionError, Failure):
            return False

    def call(self, command, request=None):
        """One command, one answer."""
        with self._connect(10) as connection:
            session = vici.Session(connection)
            return plain(session.request(command, request))

    def stream(self, command, event, request=None):
        """One command, and the list of events that it sends before its answer."""
        with self._connect(10) as connection:
            session = vici.Session(connection)
            return [plain(item) for item in session.streamed_request(command, event, request)]

    def subscribe(self, *events):
        """A connection that collects events; see `Events`."""
        return Events(self._connect(10), events)

    def _connect(self, timeout):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        try:
            connection.connect(self.path)
        except BaseException:
            connection.close()
            raise
        return connection


class Events:
    """Events since the subscription, in order: a list of (name, content)."""

    def __init__(self, connection, names):
        self.connection = connection
        self.session = vici.Session(connection)
        self.transport = self.session.transport
        self.seen = []
        self._partial = b""
        for name in names:
            self.session._register_unregister(name, True)
        connection.setblocking(False)

    def poll(self):
        """Reads what has arrived and returns everything seen so far."""
        while True:
            try:
                chunk = self.connection.recv(65536)
            except BlockingIOError:
                break
            if not chunk:
                break
            self._partial += chunk
        while len(self._partial) >= 4:
            length = int.from_bytes(self._partial[:4], "big")
            if len(self._partial) < 4 + length:
                break
            packet = vici.protocol.Packet.parse(self._partial[4:4 + length])
            self._partial = self._partial[4 + length:]
            if packet.response_type == vici.protocol.Packet.EVENT:
                content = vici.protocol.Message.deserialize(packet.payload)
                self.seen.append((packet.event_type.decode(), plain(content)))
        return self.seen

    def close(self):
        self.connection.close()


def plain(value):
    """The client's ordered dictionaries of bytes as dictionaries of str."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value
