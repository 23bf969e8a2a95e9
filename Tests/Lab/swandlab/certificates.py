"""Certificates of the lab, made once with the openssl command and kept in `.cache/certificates`.

For each kind of key a CA and one certificate for each gateway, with the names `moon.strongswan.org`,
`moon@strongswan.org` and the gateway's addresses; then the certificates that must be refused. The kind `chain` has two
more CAs between the gateway and the root, and keys that make the whole some 5 KB long.

Below `ca-ecdsa256` stands `ca-branch`, which may have no CA below it, and against that `ca-twig`; `crl-…` are revocation
lists of `ca-ecdsa256`, and `moon-branch` is also there as a container and with an encrypted key.
"""

import fcntl
import os
import subprocess
import time

from swandlab.host import ENVIRONMENT

CACHE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), ".cache", "certificates")

KEYS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ecdsa256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ecdsa384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ecdsa521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "ed25519": ["-algorithm", "ED25519"],
    "ed448": ["-algorithm", "ED448"],
    "rsa3072": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    # RSA keys: certificates with PSS signatures, keys that make no others, and signatures over SHA-3.
    "pss": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "psskey": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "sha3": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "chain": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
}
BRAINPOOL = {f"brainpool{bits}": ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:brainpoolP{bits}r1"]
             for bits in (224, 256, 384, 512)}
KEYS |= BRAINPOOL
DIGESTS = {"chain": "sha512", "ecdsa384": "sha384", "ecdsa521": "sha512", "ed25519": None, "ed448": None,
           "sha3": "sha3-256", "rsa3072": "sha384", "brainpool384": "sha384", "brainpool512": "sha512"}
PSS = ("pss", "psskey")
ADDRESSES = {
    "moon": ["192.168.0.1", "fec0::1"],
    "sun": ["192.168.0.2", "fec0::2"],
    "mars": ["192.168.0.4", "fec0::4"],
    "venus": ["192.168.0.5", "fec0::5"],
}
GATEWAYS = ("moon", "sun")
# Further spokes of a hub have one certificate each.
SPOKES = (("mars", "rsa"), ("venus", "ecdsa256"))
DAY = 86400
# Counts up when what `make_all` makes changes.
EDITION = "6"
PASSPHRASE = "a secret word"


def install(host, credentials, ipsec_d=False):
    """Copies CAs (`ca-rsa`) and certificates with their keys (`moon-rsa`) to where the daemons look for them."""
    certificates, authorities, keys, lists = (
        ("/etc/ipsec.d/certs", "/etc/ipsec.d/cacerts", "/etc/ipsec.d/private", "/etc/ipsec.d/crls") if ipsec_d else
        ("/etc/swanctl/x509", "/etc/swanctl/x509ca", "/etc/swanctl/private", "/etc/swanctl/x509crl"))
    for name in credentials:
        if name.startswith("crl-"):
            host.write(f"{lists}/{name}.pem", read(name + ".pem"))
        elif name.startswith("ca-"):
            host.write(f"{authorities}/{name}.pem", read(name + ".pem"))
        else:
            host.write(f"{certificates}/{name}.pem", read(name + ".pem"))
            host.write(f"{keys}/{name}.pem", read(name + ".key"))


def read(file):
    with open(os.path.join(CACHE, file)) as stream:
        return stream.read()


def public_key(name):
    """The raw public key of a certificate, in PEM."""
    return read(f"{name}.pub")


def make_all():
    """Makes what is missing; runs on the machine itself before the guest boots."""
    os.makedirs(CACHE, mode=0o700, exist_ok=True)
    with open(os.path.join(CACHE, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _fresh():
            return
        for kind in KEYS:
            _authority(f"ca-{kind}", kind)
            for gateway in GATEWAYS:
                signer = f"ca-{kind}"
                if kind == "chain":
                    for name in intermediates(gateway):
                        _authority(name, kind, signer)
                        signer = name
                _certificate(f"{gateway}-{kind}", gateway, kind, signer)
        for spoke, kind in SPOKES:
            _certificate(f"{spoke}-{kind}", spoke, kind, f"ca-{kind}")
        _certificate("moon-expired", "moon", "ecdsa256", "ca-ecdsa256", start=-30 * DAY, end=-10 * DAY)
        _authority("ca-stranger", "ecdsa256")
        _certificate("moon-stranger", "moon", "ecdsa256", "ca-stranger")
        _make_branches()
        with open(os.path.join(CACHE, ".complete"), "w") as mark:
            mark.write(EDITION)


def intermediates(gateway):
    """The CAs between a gateway's certificate of kind `chain` and its root, from the root down."""
    return (f"ca-{gateway}-1", f"ca-{gateway}-2")


def _fresh():
    """Complete, and not older than a month."""
    try:
        recent = time.time() - os.path.getmtime(os.path.join(CACHE, ".complete")) < 30 * DAY
        return recent and read(".complete") == EDITION
    except FileNotFoundError:
        return False


def _make_branches():
    _authority("ca-branch", "ecdsa256", "ca-ecdsa256", path=0)
    _authority("ca-twig", "ecdsa256", "ca-branch")
    for name in ("branch", "twig"):
        _certificate(f"moon-{name}", "moon", "ecdsa256", f"ca-{name}")
    for number, name, revoked in ((1, "empty", []), (2, "moon", ["moon-ecdsa256"]), (3, "branch", ["ca-branch"])):
        _revocation_list(f"crl-{name}", "ca-ecdsa256", number, revoked)
    _openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", "moon-branch.key", "-out", "moon-branch.locked",
             "-passout", f"pass:{PASSPHRASE}")
    chain = "".join(read(f"{name}.pem") for name in ("ca-branch", "ca-ecdsa256"))
    with open(os.path.join(CACHE, "moon-branch.chain"), "w") as file:
        file.write(chain)
    _openssl("pkcs12", "-export", "-in", "moon-branch.pem", "-inkey", "moon-branch.key", "-certfile",
             "moon-branch.chain", "-out", "moon-branch.p12", "-passout", f"pass:{PASSPHRASE}")


def _revocation_list(name, authority, number, revoked):
    """A list of `authority` from now on for a month."""
    database = os.path.join(CACHE, f"{name}.ca")
    os.makedirs(database, exist_ok=True)
    stamp = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() - DAY / 2))
    with open(f"{database}/index.txt", "w") as file:
        for certificate in revoked:
            serial = _openssl("x509", "-in", f"{certificate}.pem", "-noout", "-serial").strip().split("=")[1]
            file.write(f"R\t{stamp}\t{stamp},keyCompromise\t{serial}\tunknown\t/CN={certificate}\n")
    for file, content in (("index.txt.attr", "unique_subject = no\n"), ("number", f"{number:02X}\n")):
        with open(f"{database}/{file}", "w") as stream:
            stream.write(content)
    with open(os.path.join(CACHE, f"{name}.cnf"), "w") as file:
        file.write(f"[ca]\ndefault_ca=lab\n[lab]\ndatabase={database}/index.txt\ncrlnumber={database}/number\n"
                   "default_crl_days=30\ndefault_md=sha256\ncrl_extensions=ext\n[ext]\nauthorityKeyIdentifier=keyid\n")
    _openssl("ca", "-gencrl", "-config", f"{name}.cnf", "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key",
             "-out", f"{name}.pem")


def _authority(name, kind, signer=None, path=None):
    _key(name, kind)
    limit = "" if path is None else f",pathlen:{path}"
    extensions = f"basicConstraints=critical,CA:TRUE{limit}\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
    extensions += "authorityKeyIdentifier=keyid\n" if signer else ""
    _issue(name, f"/C=CH/O=swand lab/CN={name}", kind, extensions, -DAY, 3650 * DAY, signer)


def _certificate(name, gateway, kind, authority, start=-DAY, end=365 * DAY):
    _key(name, kind)
    names = [f"DNS:{gateway}.strongswan.org", f"email:{gateway}@strongswan.org"]
    names += [f"IP:{address}" for address in ADDRESSES[gateway]]
    extensions = ("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nsubjectKeyIdentifier=hash\n"
                  f"authorityKeyIdentifier=keyid\nsubjectAltName={','.join(names)}\n")
    _issue(name, f"/C=CH/O=swand lab/CN={gateway}.strongswan.org", kind, extensions, start, end, signer=authority)


def _key(name, kind):
    _openssl("genpkey", *KEYS[kind], "-out", f"{name}.key")
    _openssl("pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")


def _issue(name, subject, kind, extensions, start, end, signer):
    """`openssl ca` is the only command that takes a beginning as well as an end."""
    database = os.path.join(CACHE, f"{name}.ca")
    os.makedirs(database, exist_ok=True)
    for file in ("index.txt", "index.txt.attr"):
        open(os.path.join(database, file), "w").close()
    config = (f"[ca]\ndefault_ca=lab\n[lab]\ndatabase={database}/index.txt\nnew_certs_dir={database}\n"
              "rand_serial=yes\npolicy=any\nunique_subject=no\n[any]\nC=optional\nO=optional\nCN=supplied\n"
              f"[ext]\n{extensions}")
    with open(os.path.join(CACHE, f"{name}.cnf"), "w") as file:
        file.write(config)
    _openssl("req", "-new", "-batch", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr",
             "-config", "/etc/ssl/openssl.cnf")
    signing = ["-selfsign", "-keyfile", f"{name}.key"]
    signer_kind = kind
    if signer:
        signing = ["-cert", f"{signer}.pem", "-keyfile", f"{signer}.key"]
    digest = DIGESTS.get(signer_kind, "sha256")
    if signer_kind in PSS:
        signing += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
    _openssl("ca", "-batch", "-notext", "-config", f"{name}.cnf", "-extensions", "ext", "-in", f"{name}.csr",
             "-out", f"{name}.pem", "-startdate", _stamp(start), "-enddate", _stamp(end), *signing,
             "-md", digest or "default")


def _stamp(offset):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + offset))


def _openssl(*arguments):
    result = subprocess.run(["/usr/bin/openssl", *arguments], cwd=CACHE, env=ENVIRONMENT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {result.stdout}")
    return result.stdout
