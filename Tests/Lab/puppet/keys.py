"""What IKEv2 computes (RFC 7296 sections 2.13 to 2.15, 3.14; RFC 5282): HMAC-SHA-256 and AES-128 only."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ENCRYPTION, PRF, INTEGRITY, GROUP, ESN = 1, 2, 3, 4, 5
X25519, MODP2048 = 31, 14
MODP2048_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AACAA68FFFFFFFFFFFFFFFF", 16)


def prf(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def prf_plus(key, seed, count):
    result, block, number = b"", b"", 1
    while len(result) < count:
        block = prf(key, block + seed + bytes([number]))
        result, number = result + block, number + 1
    return result[:count]


class Curve25519:
    number = X25519

    def __init__(self):
        self._private = X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def secret(self, other):
        return self._private.exchange(X25519PublicKey.from_public_bytes(other))


class Modp2048:
    number = MODP2048

    def __init__(self):
        self._private = int.from_bytes(os.urandom(32), "big")
        self.public = pow(2, self._private, MODP2048_PRIME).to_bytes(256, "big")

    def secret(self, other):
        return pow(int.from_bytes(other, "big"), self._private, MODP2048_PRIME).to_bytes(256, "big")


GROUPS = {X25519: Curve25519, MODP2048: Modp2048}


class Gcm:
    """AES-GCM with a 16 octet ICV: the key ends with a salt of four octets."""
    transforms = [(ENCRYPTION, 20, 128), (PRF, 5)]
    integrity_octets, encryption_octets = 0, 20
    iv_octets, icv_octets, block = 8, 16, 1

    @staticmethod
    def seal(encryption, integrity, iv, associated, plain):
        return AESGCM(encryption[:16]).encrypt(encryption[16:] + iv, plain, associated)

    @staticmethod
    def open(encryption, integrity, iv, associated, sealed):
        return AESGCM(encryption[:16]).decrypt(encryption[16:] + iv, sealed, associated)


class Cbc:
    """AES-CBC, and HMAC-SHA-256 cut to 16 octets over everything in front."""
    transforms = [(ENCRYPTION, 12, 128), (INTEGRITY, 12), (PRF, 5)]
    integrity_octets, encryption_octets = 32, 16
    iv_octets, icv_octets, block = 16, 16, 16

    @staticmethod
    def seal(encryption, integrity, iv, associated, plain):
        cipher = Cipher(algorithms.AES(encryption), modes.CBC(iv)).encryptor()
        sealed = cipher.update(plain) + cipher.finalize()
        return sealed + prf(integrity, associated + iv + sealed)[:16]

    @staticmethod
    def open(encryption, integrity, iv, associated, sealed):
        sealed, icv = sealed[:-16], sealed[-16:]
        if not hmac.compare_digest(prf(integrity, associated + iv + sealed)[:16], icv):
            raise InvalidTag
        cipher = Cipher(algorithms.AES(encryption), modes.CBC(iv)).decryptor()
        return cipher.update(sealed) + cipher.finalize()


class Keys:
    """SK_d to SK_pr of an IKE_SA."""

    def __init__(self, suite, secret, nonce_i, nonce_r, spi_i, spi_r):
        self.suite = suite
        seed = prf(nonce_i + nonce_r, secret)
        a, e = suite.integrity_octets, suite.encryption_octets
        octets = prf_plus(seed, nonce_i + nonce_r + spi_i + spi_r, 32 + 2 * a + 2 * e + 64)

        def take(count):
            nonlocal octets
            result, octets = octets[:count], octets[count:]
            return result
        self.d = take(32)
        self.a = (take(a), take(a))
        self.e = (take(e), take(e))
        self.p = (take(32), take(32))


def shared_key_auth(secret, key, first_message, other_nonce, identity_body):
    """AUTH with a shared key (RFC 7296 section 2.15)."""
    return prf(prf(secret, b"Key Pad for IKEv2"), first_message + other_nonce + prf(key, identity_body))
