"""A command of the control protocol that is on its way while other things happen."""

import time

from swandlab.vici_client import CMD_REQUEST, CMD_RESPONSE, Connection


class Pending:
    """Sent at once; `ended` looks whether the answer has come. A daemon that goes away ends it, too."""

    def __init__(self, peer, command, request):
        self.name = f"{peer.host.name}: {command} {request}"
        self.peer = peer
        self.run = peer.runs
        self.outcome = None
        self.began = time.monotonic()
        try:
            self._connection = Connection(peer.control.path)
            self._connection.send(CMD_REQUEST, command, request)
        except OSError as error:
            self._connection = None
            self.outcome = f"not sent: {error}"

    @property
    def is_under_way(self):
        return self.outcome is None

    def ended(self):
        if self.outcome is not None:
            return True
        try:
            while (packet := self._connection.receive_pending()) is not None:
                if packet[0] == CMD_RESPONSE:
                    content = packet[2]
                    self._end("done" if content.get("success", "yes") == "yes" else content.get("errmsg", "refused"))
                    return True
        except OSError as error:
            self._end(f"connection closed: {error}")
        return self.outcome is not None

    def _end(self, outcome):
        self.outcome = f"{outcome} (after {time.monotonic() - self.began:.1f} s)"
        self._connection.close()
