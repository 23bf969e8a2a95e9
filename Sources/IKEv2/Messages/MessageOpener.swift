import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Why a protected message is not believed. Such messages are dropped without an answer (RFC 7296 §2.21).
enum OpeningError: Error, Equatable {
    case codec(CodecError)
    case crypto(CryptoError)
    /// No SK or SKF payload where one must be.
    case unprotected
}

/// Checks and decrypts protected messages in place.
struct MessageOpener {
    let crypto: any CryptoProvider
    let keys: IKEKeys

    init(crypto: any CryptoProvider, keys: IKEKeys) {
        self.crypto = crypto
        self.keys = keys
    }

    /// What stands inside an SK or SKF payload once it is open.
    struct Opened: Equatable {
        var innerType: PayloadType
        var plaintext: ByteRange
        /// Only for SKF.
        var fragment: EncryptedFragmentHeader?
    }

    func open(_ header: IKEHeader, _ datagram: inout [UInt8]) throws(OpeningError) -> Opened {
        let sealed = try locate(header, datagram)
        let protection = keys.protection
        let end = sealed.body.end
        let ivStart = sealed.headerLength
        let minimum = protection.ivBytes + protection.blockBytes + protection.icvBytes
        guard end - ivStart >= max(minimum, protection.ivBytes + 1 + protection.icvBytes) else {
            throw .codec(.truncated(offset: ivStart, needed: minimum, available: end - ivStart))
        }
        var failure: CryptoError?
        datagram.withUnsafeMutableBytes { message in
            do throws(CryptoError) {
                try crypto.open(
                    protection, keys: keys.inbound,
                    message: UnsafeMutableRawBufferPointer(rebasing: message[..<end]), headerLength: ivStart)
            } catch { failure = error }
        }
        if let failure { throw .crypto(failure) }
        let start = ivStart + protection.ivBytes
        let withPadding = end - protection.icvBytes - start
        let padding = Int(datagram[start + withPadding - 1])
        guard padding + 1 <= withPadding else { throw .codec(.badLength(offset: start + withPadding - 1, value: padding)) }
        return Opened(
            innerType: sealed.next, plaintext: ByteRange(offset: start, count: withPadding - padding - 1),
            fragment: sealed.fragment)
    }

    private struct Sealed {
        var body: ByteRange
        var next: PayloadType
        var fragment: EncryptedFragmentHeader?
        /// Octets in front of the IV: what is authenticated but not encrypted.
        var headerLength: Int
    }

    private func locate(_ header: IKEHeader, _ datagram: [UInt8]) throws(OpeningError) -> Sealed {
        do {
            let message = datagram.span.bytes
            let payloads = try PayloadChain.parse(
                first: header.nextPayload, range: ByteRange(offset: IKEHeader.size, count: datagram.count - IKEHeader.size),
                in: message)
            guard let last = payloads.last, last.type == .encrypted || last.type == .encryptedFragment else {
                throw OpeningError.unprotected
            }
            // Payloads in front of SK are not protected and have no business there.
            guard payloads.count == 1 else { throw OpeningError.unprotected }
            var cursor = Cursor(last.body)
            let fragment =
                last.type == .encryptedFragment ? try EncryptedFragmentHeader(from: &cursor, in: message) : nil
            return Sealed(body: last.body, next: last.next, fragment: fragment, headerLength: cursor.offset)
        } catch let error as CodecError {
            throw .codec(error)
        } catch let error as OpeningError {
            throw error
        } catch {
            throw .unprotected
        }
    }
}
