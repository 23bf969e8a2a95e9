"""What `make demo` shows: a tunnel between two gateways, traffic through it, and how it looks from all sides."""

from swandlab import kernel, tunnel
from swandlab.scenario import EITHER_WAY, scenario

MAP = """
    alice ─── moon ══════ internet ══════ sun ─────── bob
    {alice:<9} {moon:<27} {sun:<11} {bob}
              {moon_daemon:<27} {sun_daemon}
"""


@scenario("demo", EITHER_WAY[:1] + ("swand-swand",), limit=120)
def demo(lab):
    moon, sun = lab.moon, lab.sun
    lab.say(heading("Two networks, two gateways") + MAP.format(
        alice=tunnel.MOON.inner_host, moon=tunnel.MOON.address, sun=tunnel.SUN.address, bob=tunnel.SUN.inner_host,
        moon_daemon=f"runs {moon.name}", sun_daemon=f"runs {sun.name}"))
    lab.site_to_site(auth="ecdsa256")
    lab.say(f"{moon.host.read('/etc/swanctl/swanctl.conf')}\n")

    lab.say(heading("moon# swanctl --initiate --child net") + moon.swanctl("--initiate", "--child", "net"))
    sun.wait_up("net")
    ping = lab.alice.must("ping", "-n", "-c", 3, "-i", 0.3, tunnel.SUN.inner_host)
    lab.say(heading(f"alice# ping {tunnel.SUN.inner_host}") + ping)
    lab.say(heading("moon# swanctl --list-sas") + moon.swanctl("--list-sas"))
    lab.say(heading("moon# ip xfrm state") + kernel.mask_keys(moon.host.must("ip", "xfrm", "state")))
    lab.say(heading("moon# ip xfrm policy") + tunnel_policies(moon.host))
    lab.say(heading("What the internet saw") + lab.summary("isakmp || esp"))
    lab.check_wire()
    moon.terminate("gw")
    lab.say(heading("Done") + f"{moon.name} and {sun.name}: a tunnel with certificates; nothing crossed in the clear.")


def heading(text):
    return f"\n\033[1m── {text} {'─' * max(0, 74 - len(text))}\033[0m\n"


def tunnel_policies(host):
    """Without the policies that hang on sockets."""
    blocks = host.must("ip", "xfrm", "policy").split("\nsrc ")
    return "\nsrc ".join(block for block in blocks if "socket" not in block).rstrip()
