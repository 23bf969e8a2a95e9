"""What other implementations are known to do wrong: recognised exactly, so that nothing else passes for it."""

from swandlab.failure import Failure


def stop(peer, say):
    """Stops a daemon; one that hangs in a known way is killed instead."""
    try:
        peer.stop()
    except Failure:
        if not _charon_began_at_its_end(peer):
            raise
        say(f"  {peer.host.name}: charon hangs with an IKE_SA that it began after SIGTERM; killed")
        peer.kill()
        return False
    return True


def _charon_began_at_its_end(peer):
    """charon 5.9.8: a command `initiate` that meets its shutdown makes an IKE_SA after all were flushed, and the
    shutdown waits for it for ever."""
    if not peer.name.startswith("charon"):
        return False
    _, _, afterwards = peer.log().partition("SIGTERM received, shutting down")
    return "initiating IKE_SA" in afterwards
