import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Builds the datagrams of a message: one in the clear, one with an SK payload, or several with SKF payloads.
struct MessageSealer {
    let crypto: any CryptoProvider
    let keys: IKEKeys

    init(crypto: any CryptoProvider, keys: IKEKeys) {
        self.crypto = crypto
        self.keys = keys
    }

    /// Seals a message into one datagram, or into fragments of at most `fragmentSize` octets of IKE data where that
    /// is given and the message is larger (RFC 7383 §2.5).
    ///
    /// - Parameter ivCounter: the next IV of counter-based ciphers; advanced by one for each datagram.
    func seal(
        _ header: IKEHeader, _ payloads: PayloadWriter, fragmentSize: Int?, ivCounter: inout UInt64
    ) throws(CryptoError) -> [[UInt8]] {
        let whole = sealedSize(payloads.count, fragmentHeader: false)
        guard let fragmentSize, whole > fragmentSize else {
            return [
                try datagram(
                    header, .encrypted, inner: payloads.first, fragment: nil, plaintext: payloads.bytes[...],
                    ivCounter: &ivCounter)
            ]
        }
        let share = max(64, fragmentSize - sealedSize(0, fragmentHeader: true) - keys.protection.blockBytes)
        let bytes = payloads.bytes
        let total = (bytes.count + share - 1) / share
        guard total <= Self.fragmentLimit else { throw .backend("message of \(bytes.count) octets needs \(total) fragments") }
        var datagrams: [[UInt8]] = []
        for number in 1...total {
            let start = (number - 1) * share
            datagrams.append(
                try datagram(
                    header, .encryptedFragment, inner: number == 1 ? payloads.first : .none,
                    fragment: EncryptedFragmentHeader(number: UInt16(number), total: UInt16(total)),
                    plaintext: bytes[start..<min(start + share, bytes.count)], ivCounter: &ivCounter))
        }
        return datagrams
    }

    static let fragmentLimit = 255

    private func sealedSize(_ plaintext: Int, fragmentHeader: Bool) -> Int {
        let protection = keys.protection
        return IKEHeader.size + 4 + (fragmentHeader ? EncryptedFragmentHeader.size : 0) + protection.ivBytes
            + plaintext + padding(plaintext) + 1 + protection.icvBytes
    }

    /// Octets of padding in front of the pad length octet.
    private func padding(_ plaintext: Int) -> Int {
        let block = max(keys.protection.blockBytes, 1)
        return (block - (plaintext + 1) % block) % block
    }

    private func datagram(
        _ header: IKEHeader, _ type: PayloadType, inner: PayloadType, fragment: EncryptedFragmentHeader?,
        plaintext: ArraySlice<UInt8>, ivCounter: inout UInt64
    ) throws(CryptoError) -> [UInt8] {
        let protection = keys.protection
        let size = sealedSize(plaintext.count, fragmentHeader: fragment != nil)
        var header = header
        header.nextPayload = type
        header.length = UInt32(size)
        var writer = ByteWriter(reserving: size)
        header.write(to: &writer)
        writer.u8(inner.rawValue)
        writer.u8(0)
        writer.u16(UInt16(truncatingIfNeeded: size - IKEHeader.size))
        fragment?.write(to: &writer)
        let headerLength = writer.count
        writer.zeros(protection.ivBytes)
        writer.append(plaintext)
        let padding = padding(plaintext.count)
        writer.zeros(padding)
        writer.u8(UInt8(padding))
        writer.zeros(protection.icvBytes)
        var bytes = writer.bytes
        ivCounter += 1
        let counter = ivCounter
        var failure: CryptoError?
        bytes.withUnsafeMutableBytes { message in
            do throws(CryptoError) {
                try crypto.seal(
                    protection, keys: keys.outbound, message: message, headerLength: headerLength,
                    ivCounter: counter)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}
