import CryptoInterface
import IKECodec
import IKESA
import IPsecModel

/// Cookies against floods of first messages: a peer has to show that it receives at the address it sends from
/// before anything is kept for it (RFC 7296 §2.6).
///
///     cookie = time slot (u32) | SHA-256(slot | SPIi | address | port | Ni | secret)
///
/// The secret changes every few minutes; a cookie of the slot before is still taken.
struct CookieGuard {
    private let crypto: any CryptoProvider
    private let secret: SecretBytes

    private static let slotSeconds: Int64 = 120

    init(_ crypto: any CryptoProvider) {
        self.crypto = crypto
        secret = crypto.secretRandom(count: 32)
    }

    func cookie(_ header: IKEHeader, nonce: [UInt8], remote: Endpoint, now: Instant) -> [UInt8] {
        make(slot: slot(now), header, nonce, remote)
    }

    func isValid(_ cookie: [UInt8], _ header: IKEHeader, nonce: [UInt8], remote: Endpoint, now: Instant) -> Bool {
        let present = slot(now)
        return [present, present &- 1].contains { constantTimeEqual(make(slot: $0, header, nonce, remote), cookie) }
    }

    private func slot(_ now: Instant) -> UInt32 {
        UInt32(truncatingIfNeeded: now.microseconds / 1_000_000 / Self.slotSeconds)
    }

    private func make(slot: UInt32, _ header: IKEHeader, _ nonce: [UInt8], _ remote: Endpoint) -> [UInt8] {
        let slotBytes = (0..<4).map { UInt8(truncatingIfNeeded: slot >> (24 - 8 * UInt32($0))) }
        let port = [UInt8(remote.port >> 8), UInt8(remote.port & 0xff)]
        let input = slotBytes + header.initiatorSPI.bytes + remote.address.bytes + port + nonce
        let digest = try? crypto.prf(.hmacSHA256, key: secret, input).withUnsafeBytes { Array($0) }
        return slotBytes + (digest ?? [])
    }
}
