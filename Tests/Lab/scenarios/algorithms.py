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
IKE_INTEGRITY = ["sha256", "sha384", "sha512", "sha1", "aesxcbc", "aescmac", "md5", "sha1_160", "md5_128"]
PRF = ["prfsha256", "prfsha384", "prfsha512", "prfsha1", "prfaesxcbc", "prfaescmac", "prfmd5"]
GROUPS = ["x25519", "x448", "ecp256", "ecp384", "ecp521", "ecp192", "ecp224", "ecp224bp", "ecp256bp", "ecp384bp",
          "ecp512bp", "modp2048", "modp3072", "modp4096", "modp6144", "modp8192", "modp1024s160", "modp2048s224",
          "modp2048s256", "modp768", "modp1024", "modp1536"]

ESP_COMBINED = (tagged("aes{}gcmT") + tagged("aes{}ccmT") + sized("aes{}gmac") + ["chacha20poly1305"])
ESP_PLAIN = sized("aes{}") + sized("aes{}ctr") + sized("camellia{}") + ["3des", "des", "null"]
ESP_INTEGRITY = ["sha256", "sha384", "sha512", "sha1", "aesxcbc", "md5", "sha256_96", "aescmac", "sha1_160", "md5_128"]
AH_INTEGRITY = ESP_INTEGRITY


def ike_proposals():
    functions, integrity = cycle(PRF), cycle(IKE_INTEGRITY)
    return ([f"{cipher}-{next(functions)}" for cipher in IKE_COMBINED]
            + [f"{cipher}-{next(integrity)}-{next(functions)}" for cipher in IKE_PLAIN])


def esp_proposals():
    integrity = cycle(ESP_INTEGRITY)
    return [f"{cipher}-{next(integrity)}" for cipher in ESP_PLAIN] + ESP_COMBINED


def tunnels():
    """(IKE proposal, ESP or AH proposals) of each tunnel; ESP is the longer list."""
    ike, esp = ike_proposals(), esp_proposals()
    count = max(len(ike), len(GROUPS), len(esp) + len(AH_INTEGRITY))
    ike, groups = cycle(ike), cycle(GROUPS)
    children = cycle([{"esp": proposal} for proposal in esp] + [{"ah": proposal} for proposal in AH_INTEGRITY])
    return [(f"{next(ike)}-{next(groups)}", next(children)) for _ in range(count)]


@scenario("algorithms", EITHER_WAY, limit=240)
def algorithms(lab):
    # Numbers of private use (sha256_96) mean something between those who know each other by their vendor ID.
    lab.site_to_site(settings={"send_vendor_id": "yes"},
                     **{f"{lab.role('charon').host.name}_settings": {"load": PLUGINS}})
    failures, seen = [], set()
    for ike, child in tunnels():
        try:
            lab.replace(ike=ike, **child)
            lab.moon.initiate("net", timeout=8)
            lab.alice.ping("10.2.0.10", wait=2)
            seen |= in_use(lab.moon)
        except Failure as failure:
            failures.append(f"{ike} {child}: {str(failure)[-200:]}")
        if lab.moon.alive() and lab.moon.sas():
            lab.moon.terminate(ike="gw")
        wait_until(lambda: not lab.sun.sas(), "the other side has closed, too")
    require(not failures, f"{len(failures)} failed: " + " || ".join(failures))
    # NULL is for ESP, where it has been.
    forgotten = common(*lab.peers) - seen - {"NULL"}
    require(not forgotten, f"both have these, and no tunnel used them: {sorted(forgotten)}")
    check_refusals(lab.role("swand"))


def in_use(peer):
    """Algorithms of the IKE_SAs that are up, by their names."""
    keys = {"encr-alg", "integ-alg", "prf-alg", "dh-group"}
    return {sa[key] for sa in peer.sas() for key in keys & set(sa)}


def common(*peers):
    """What all of them say that they have for IKE."""
    lists = []
    for peer in peers:
        answer = peer.call("get-algorithms")
        lists.append({name for kind in ("encryption", "aead", "integrity", "prf", "dh", "ke")
                      for name in answer.get(kind, {})})
    return set.intersection(*lists)


# Words that charon knows: those that OpenSSL or the kernel has not here, and those that are not offered, with a reason.
REFUSED = {
    "proposals": {
        "camellia128ccm16-prfsha256-x25519": "is not available here", "des-sha256-modp2048": "is not available here",
        "null-sha256-x25519": "has no place in an IKE proposal", "aes128gmac-prfsha256-x25519": "is not available here",
        "blowfish128-sha256-modp2048": "64-bit blocks", "cast128-sha256-modp2048": "64-bit blocks",
        "serpent128-sha256-x25519": "no number", "twofish128-sha256-x25519": "no number",
        "aes128-camelliaxcbc-x25519": "never assigned a number",
        "aes128-sha256-prfcamelliaxcbc-x25519": "never assigned a number", "aes128-sha256-modpnull": "exchanges no key",
        "aes128-sha256-ntru128": "withdrawn", "aes128-sha256-newhope128": "no number",
    },
    "esp_proposals": {
        "camellia256ccm16-x25519": "is not available here", "camellia128ctr-sha256": "is not available here",
        "blowfish256-sha256": "64-bit blocks", "cast128-sha256": "64-bit blocks", "serpent256-sha256": "no number",
        "twofish256-sha256": "no number", "aes128-camelliaxcbc": "never assigned a number",
    },
    "ah_proposals": {"camelliaxcbc": "never assigned a number"},
}


def check_refusals(swand):
    for key, proposals in REFUSED.items():
        for proposal, reason in proposals.items():
            connection = {key: [proposal]} if key == "proposals" else {"children": {"net": {key: [proposal]}}}
            try:
                swand.call("load-conn", {"refused": {"version": "2"} | connection})
            except Failure as failure:
                require(reason in str(failure), f"the refusal of {proposal} does not say `{reason}`: {failure}")
            else:
                require(False, f"{proposal} was not refused")
