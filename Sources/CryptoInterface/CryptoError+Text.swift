extension CryptoError: CustomStringConvertible {
    /// One sentence for an administrator.
    package var description: String {
        switch self {
        case .unsupported(let name): "\(name) is not supported"
        case .integrity: "the data was altered, or the key is wrong"
        case .badPublicValue(let reason), .badKey(let reason), .backend(let reason): reason
        }
    }
}
