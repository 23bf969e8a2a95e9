"""Floods: unauthenticated peers cost no memory worth mentioning, and a good peer is served meanwhile and afterwards."""

from puppet import octets
from puppet.flood import Spoofer, addresses, garbage
from scenarios.bad_input import IKE, PUPPET_FIRST
from swandlab import topology
from swandlab.failure import require, wait_until
from swandlab.scenario import scenario

THRESHOLD, PER_ADDRESS, BLOCK = 20, 3, 5
HALF_OPEN_SECONDS = 6
SETTINGS = {"cookie_threshold": THRESHOLD, "cookie_threshold_ip": PER_ADDRESS, "block_threshold": BLOCK,
            "half_open_timeout": HALF_OPEN_SECONDS}
STRANGERS, GARBAGE = 3000, 6000
# Resident memory in KB that a flood may leave behind: malloc does not give back every page.
GROWTH = 6 * 1024


def half_open(lab):
    return int(lab.sun.call("stats")["ikesas"]["half-open"])


def memory(lab):
    with open(f"/proc/{lab.sun.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def serves(lab, when, port, address=None):
    """A good peer comes up, cookies or not, and goes again."""
    sa = lab.moon.sa(lab.moon.wire(port, address))
    response = sa.ask(sa.init_request())
    asked = octets.COOKIE in response.notifies()
    if asked:
        cookie = octets.notify(octets.COOKIE, response.notifies()[octets.COOKIE])
        response = sa.ask(sa.init_request([cookie] + sa.init_payloads()))
    require(response.body(octets.SA), f"{when}: a good peer got {response.notifies()}")
    sa.agree(response)
    answer = sa.authenticate(child=False)
    require(answer.error is None, f"{when}: a good peer was refused with {answer.notifies()}")
    sa.end()
    return asked


@scenario("floods", PUPPET_FIRST, lans=False)
def floods(lab):
    lab.site_to_site(settings=SETTINGS, ike=IKE, esp="aes128gcm16", sun={"connection": {
        "unique": "never", "mobike": "no", "remote_addrs": "%any"}})
    lab.moon.host.ip_batch(["address add 192.168.0.77/24 dev eth0", "address add 192.168.0.78/24 dev eth0"])
    # Answers to strangers end at moon.
    lab.moon.host.ip_batch(["route add blackhole 10.77.0.0/16"])
    lab.sun.host.ip_batch([f"route add 10.77.0.0/16 via {topology.MOON}"])
    require(not serves(lab, "before", 510, "192.168.0.77"), "a cookie was asked for without need")
    before = memory(lab)
    one_address(lab)
    many_addresses(lab)
    wait_until(lambda: half_open(lab) == 0, "half-open IKE_SAs are given up", HALF_OPEN_SECONDS + 10)
    worthless(lab)
    require(not serves(lab, "afterwards", 514, "192.168.0.77"), "a cookie is asked for after the flood")
    require(not lab.sun.sas(), "IKE_SAs are left")
    grown = memory(lab) - before
    require(grown < GROWTH, f"{grown} KB are left behind")


def one_address(lab):
    """Cookies from the third half-open IKE_SA of an address on; from the fifth on, nothing."""
    answers = []
    for number in range(12):
        sa = lab.moon.sa(lab.moon.wire(600 + number))
        sa.wire.send(sa.init_request())
        response = octets.Parsed(datagram) if (datagram := sa.wire.receive(1)) else None
        cookie = response and response.notifies().get(octets.COOKIE)
        if cookie:
            sa.wire.send(sa.init_request([octets.notify(octets.COOKIE, cookie)] + sa.init_payloads()))
            response = octets.Parsed(datagram) if (datagram := sa.wire.receive(1)) else None
        answers.append((bool(cookie), bool(response and response.body(octets.SA))))
        if response is None:
            break
    expected = [(False, True)] * PER_ADDRESS + [(True, True)] * (BLOCK - PER_ADDRESS) + [(False, False)]
    require(answers == expected, f"(cookie asked for, answered) from one address: {answers}, not {expected}")
    require(half_open(lab) == BLOCK, f"{half_open(lab)} half-open IKE_SAs instead of {BLOCK}")
    serves(lab, "while another address is blocked", 511, "192.168.0.77")


def many_addresses(lab):
    """Strangers that never answer: beyond the threshold they get cookies, and nothing is kept for them."""
    before = memory(lab)
    spoofer = Spoofer(lab.moon.host, topology.SUN)
    for address in addresses(STRANGERS):
        spoofer.send(address, lab.moon.sa().init_request())
    require(half_open(lab) <= THRESHOLD, f"{half_open(lab)} half-open IKE_SAs with a threshold of {THRESHOLD}")
    grown = memory(lab) - before
    require(grown < GROWTH, f"{STRANGERS} strangers cost {grown} KB")
    require(serves(lab, "while strangers knock", 512, "192.168.0.77"), "no cookie was asked for")
    stolen_cookie(lab)
    spoofer.close()


def stolen_cookie(lab):
    """A cookie is good for the address, the port, the SPI and the nonce that it was made for."""
    sa = lab.moon.sa(lab.moon.wire(513, "192.168.0.77"))
    cookie = octets.notify(octets.COOKIE, sa.ask(sa.init_request()).notifies()[octets.COOKIE])
    for wire in (lab.moon.wire(513, "192.168.0.78"), lab.moon.wire(515, "192.168.0.77")):
        sa.wire = wire
        answer = sa.ask(sa.init_request([cookie] + sa.init_payloads()))
        require(octets.COOKIE in answer.notifies(), "a cookie was taken from another address or port")
    other = lab.moon.sa(lab.moon.wire(513, "192.168.0.77"))
    answer = other.ask(other.init_request([cookie] + other.init_payloads()))
    require(octets.COOKIE in answer.notifies(), "a cookie was taken for another SPI and nonce")


def worthless(lab):
    """Garbage to both ports."""
    for port in (500, 4500):
        spoofer = Spoofer(lab.moon.host, topology.SUN, port)
        for number, address in enumerate(addresses(GARBAGE // 2)):
            spoofer.send(address, (bytes(4) if port == 4500 and number % 2 else b"") + garbage())
        spoofer.close()
    wait_until(lambda: invalid(lab) > GARBAGE // 4, "garbage is counted")


def invalid(lab):
    counters = lab.sun.call("get-counters")["counters"][""]
    return int(counters["invalid"]) + int(counters["invalid-spi"])
