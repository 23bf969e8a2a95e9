"""A small IKEv2 of the lab's own, written from RFC 7296: good enough to be a peer, and to misbehave in any message.

`octets` writes and reads messages, `keys` computes, `sa` is an IKE_SA in either role, `wire` its UDP socket. Nothing
is checked that a good peer would check, and every octet can be changed before it leaves.
"""
