"""Every algorithm that charon and swand both have, each in one tunnel that carries a ping.

Ciphers and key exchanges are independent of each other, so one tunnel tries one of each: the n-th cipher of IKE goes
with the n-th key exchange, the n-th cipher of ESP and the n-th algorithm of every other kind.
"""

from itertools import cycle

from swandlab.failure import Failure, require, wait_until
from swandlab.scenario import EITHER_WAY, scenario

PLUGINS = ("random nonce openssl kdf aes des sha1 sha2 md5 hmac xcbc cmac ctr ccm gcm gmp chapoly curve25519 pem pkcs1 "
           "pkcs8 x509 pubkey constraints vici kernel-netlink socket-default")


def sized(pattern):
    return [pattern.format(bits) for bits in (128, 192, 256)]


def tagged(pattern):
    return [word for tag in (16, 12, 8) for word in sized(pattern.replace("T", str(tag)))]


IKE_COMBINED = tagged("aes{}gcmT") + tagged("aes{}ccmT") + ["chacha20poly1305"]
IKE_PLAIN = sized("aes{}") + sized("aes{}ctr") + sized("camellia{}") + sized("camellia{}ctr") + ["3des"]
IKE_INTEGRITY = ["sha256", "sha384", "sha512", "sha1", "aesxcbc", "aescmac", "md5"]
PRF = ["prfsha256", "prfsha384", "prfsha512", "prfsha1", "prfaesxcbc", "prfaescmac", "prfmd5"]
GROUPS = ["x25519", "x448", "ecp256", "ecp384", "ecp521", "ecp192", "ecp224", "ecp224bp", "ecp256bp", "ecp384bp",
          "ecp512bp", "modp2048", "modp3072", "modp4096", "modp6144", "modp8192", "modp1024s160", "modp2048s224",
          "modp2048s256", "modp768", "modp1024", "modp1536"]

ESP_COMBINED = (tagged("aes{}gcmT") + tagged("aes{}ccmT") + sized("aes{}gmac") + ["chacha20poly1305"])
ESP_PLAIN = sized("aes{}") + sized("aes{}ctr") + sized("camellia{}") + ["3des", "null"]
ESP_INTEGRITY = ["sha256", "sha384", "sha512", "sha1", "aesxcbc", "md5", "sha256_96", "aescmac"]


def ike_proposals():
    functions, integrity = cycle(PRF), cycle(IKE_INTEGRITY)
    return ([f"{cipher}-{next(functions)}" for cipher in IKE_COMBINED]
            + [f"{cipher}-{next(integrity)}-{next(functions)}" for cipher in IKE_PLAIN])


def esp_proposals():
    integrity = cycle(ESP_INTEGRITY)
    return [f"{cipher}-{next(integrity)}" for cipher in ESP_PLAIN] + ESP_COMBINED


def tunnels():
    """(IKE proposal, ESP proposal) of each tunnel; the longest list decides how many there are."""
    ike, esp = ike_proposals(), esp_proposals()
    count = max(len(ike), len(esp), len(GROUPS))
    ike, esp, groups = cycle(ike), cycle(esp), cycle(GROUPS)
    return [(f"{next(ike)}-{next(groups)}", next(esp)) for _ in range(count)]


@scenario("algorithms", EITHER_WAY, limit=150)
def algorithms(lab):
    # Numbers of private use (sha256_96) mean something between those who know each other by their vendor ID.
    lab.site_to_site(settings={"send_vendor_id": "yes"},
                     **{f"{lab.role('charon').host.name}_settings": {"load": PLUGINS}})
    failures = []
    for ike, esp in tunnels():
        try:
            lab.replace(ike=ike, esp=esp)
            lab.moon.initiate("net", timeout=8)
            lab.alice.ping("10.2.0.10", wait=2)
        except Failure as failure:
            failures.append(f"{ike} {esp}: {str(failure)[-200:]}")
        if lab.moon.alive() and lab.moon.sas():
            lab.moon.terminate(ike="gw")
        wait_until(lambda: not lab.sun.sas(), "the other side has closed, too")
    require(not failures, f"{len(failures)} failed: " + " || ".join(failures))
    check_refusals(lab.role("swand"))


# What charon has and OpenSSL, or the kernel, has not.
REFUSED = {"proposals": ("camellia128ccm16-prfsha256-x25519", "camellia128ccm16"),
           "esp_proposals": ("camellia256ccm16-x25519", "camellia256ccm16")}


def check_refusals(swand):
    for key, (proposal, word) in REFUSED.items():
        connection = {"children": {"net": {key: [proposal]}}} if key == "esp_proposals" else {key: [proposal]}
        try:
            swand.call("load-conn", {"refused": {"version": "2"} | connection})
        except Failure as failure:
            require(word in str(failure), f"the refusal of {proposal} does not name {word}: {failure}")
        else:
            require(False, f"{proposal} was not refused")
