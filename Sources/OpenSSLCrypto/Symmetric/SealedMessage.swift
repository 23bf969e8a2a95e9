import COpenSSL
import CryptoInterface
import IPsecModel

/// Where the parts of a protected message stand.
///
///     | header, authenticated | IV | text with padding | ICV |
struct SealedMessage {
    let header: UnsafeMutableRawBufferPointer
    let iv: UnsafeMutableRawBufferPointer
    let text: UnsafeMutableRawBufferPointer
    let icv: UnsafeMutableRawBufferPointer
    /// Header, IV and text: what encrypt-then-MAC authenticates.
    let authenticated: UnsafeRawBufferPointer

    /// `nil` where the message is too short for its parts.
    init?(_ message: UnsafeMutableRawBufferPointer, headerLength: Int, _ protection: MessageProtection) {
        let ivBytes = protection.ivBytes
        let icvBytes = protection.icvBytes
        // libcrypto counts in Int32; an IKE message has at most 64 KiB over UDP anyway.
        guard headerLength >= 0, message.count <= Int(Int32.max), headerLength <= message.count,
            message.count - headerLength >= ivBytes + icvBytes
        else { return nil }
        let textStart = headerLength + ivBytes
        let textEnd = message.count - icvBytes
        header = .init(rebasing: message[..<headerLength])
        iv = .init(rebasing: message[headerLength..<textStart])
        text = .init(rebasing: message[textStart..<textEnd])
        icv = .init(rebasing: message[textEnd...])
        authenticated = UnsafeRawBufferPointer(rebasing: message[..<textEnd])
    }
}
