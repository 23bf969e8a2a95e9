/// Why a cryptographic operation failed.
package enum CryptoError: Error, Equatable, Sendable {
    /// The backend has no such algorithm; the name is the keyword users know.
    case unsupported(String)
    /// A MAC, tag or padding is wrong: the message was altered, or the keys differ.
    case integrity
    /// The peer's public value is not one (RFC 6989, RFC 7748 §6).
    case badPublicValue(String)
    /// A key cannot be read or does not fit the operation.
    case badKey(String)
    /// libcrypto refused; its own words.
    case backend(String)
}
