"""Bad messages, each with the RFC's answer or silence, one counted event and nothing left behind: see `puppet`."""

import random

from puppet import first_messages, keys, octets, protected_messages
from puppet.answers import AUTH_CASES, INIT_CASES, Responder
from puppet.bench import Bench
from swandlab import kernel
from swandlab.failure import require, wait_until
from swandlab.scenario import scenario

PUPPET_FIRST = ("puppet-swand",)
# What the puppet speaks, and a curve whose points can be wrong.
IKE = "aes128gcm16-prfsha256-x25519,aes128-sha256-modp2048,aes128-sha256-x25519," \
      "aes128gcm16-prfsha256-modp2048,aes128gcm16-prfsha256-ecp256"
# Several IKE_SAs with the same identities at the same time, and no cookies between them.
SETTINGS = {"dos_protection": "no", "fragment_size": "0"}
RANDOM_MESSAGES = 150
OPTIONS = {"ike": IKE, "esp": "aes128gcm16", "connection": {"unique": "never", "mobike": "no"}}


def set_up(lab, settings=None, **options):
    """swand as sun with a connection that the puppet, as moon, may use."""
    lab.site_to_site(settings=SETTINGS | (settings or {}), **(OPTIONS | options))
    return Bench(lab.sun, lab.moon)


def nothing_is_left(lab):
    wait_until(lambda: len(lab.sun.sas()) == 2, "nothing but the two IKE_SAs of the good peer")
    require(not kernel.states(lab.sun.host), "SAs are left in the kernel")
    require(not kernel.policies(lab.sun.host), "policies are left in the kernel")


@scenario("bad-first-messages", PUPPET_FIRST, lans=False)
def first(lab):
    bench = set_up(lab)
    bench.play_first(first_messages.CASES)
    bench.play_on_4500(first_messages.ON_4500)
    bench.play_cut(first_messages.cut)
    bench.conclude()
    nothing_is_left(lab)


@scenario("bad-messages-before-authentication", PUPPET_FIRST, lans=False)
def half_open(lab):
    bench = set_up(lab)
    bench.play_half_open(protected_messages.HALF_OPEN)
    bench.play_cut_protected(protected_messages.cut)
    bench.conclude()
    nothing_is_left(lab)


@scenario("bad-messages-of-authenticated-peers", PUPPET_FIRST, lans=False)
def established(lab):
    bench = set_up(lab)
    bench.play_established(protected_messages.ESTABLISHED)
    bench.play_established(protected_messages.ESTABLISHED[:3], suite=keys.Cbc, group=keys.MODP2048)
    bench.conclude()
    nothing_is_left(lab)


@scenario("bad-answers", PUPPET_FIRST, limit=240, lans=False)
def answers(lab):
    """The daemon initiates: refusals that anybody can send do not keep the true answer from being heard."""
    lab.site_to_site(settings=SETTINGS, **(OPTIONS | {"ike": "aes128gcm16-prfsha256-x25519-modp2048"}))
    responder = Responder(lab.sun, lab.moon)
    for case in INIT_CASES + AUTH_CASES:
        responder.play(case)
    require(not responder.failures, f"{len(responder.failures)} cases:\n  " + "\n  ".join(responder.failures))


@scenario("bad-messages-at-random", PUPPET_FIRST, lans=False)
def at_random(lab):
    """Good messages with a few octets changed before they are protected, or sent in the clear."""
    bench = set_up(lab)
    generator = random.Random(7)
    for number in range(RANDOM_MESSAGES):
        kind = number % 3
        sa = lab.moon.sa()
        if kind == 0:
            first, body = octets.chain(sa.init_payloads())
            body = turned(generator, body)
            head = octets.header(sa.spi_i, sa.spi_r, first, octets.INIT, octets.INITIATOR, 0, octets.HEADER + len(body))
            sa.wire.send(head + body)
        else:
            sa.begin()
            payloads, exchange = sa.auth_payloads(), octets.AUTH
            if kind == 2:
                sa.authenticate()
                payloads = sa.child_payloads(spi=bytes([1, 2]) + number.to_bytes(2, "big")) + [(octets.NONCE, sa.nonce)]
                exchange = octets.CREATE_CHILD
            first, body = octets.chain(payloads)
            sa.wire.send(sa.seal([], exchange, plain=turned(generator, body), inner=first))
        bench.barrier(sa.wire)
        require(lab.sun.alive(), f"message {number} ended the daemon: {lab.sun.log_tail()}")
        sa.wire.pending()
    bench.conclude()


def turned(generator, body):
    body = bytearray(body)
    for _ in range(generator.randint(1, 4)):
        body[generator.randrange(len(body))] = generator.choice((0, 1, 255, generator.randrange(256)))
    return bytes(body)
