package import IPsecModel

/// What turning text into connections needs to know about the machine and about other parts of the daemon.
package struct ConfigurationEnvironment {
    /// Whether an address is configured on this machine: decides which of `left` and `right` is ours.
    package var isLocal: (IPAddress) -> Bool
    /// Reads an identity; `nil` where the text is none (a distinguished name with a syntax error).
    package var identify: (String) -> Identification?
    /// Subject of a DER certificate; `nil` where it cannot be read.
    package var certificateSubject: ([UInt8]) -> Identification?
    /// Whether IKE (by the crypto provider) or ESP and AH (by the kernel) can use an algorithm.
    package var supports: (SecurityProtocol, Transform) -> Bool
    /// Packets of the replay window where the connection does not say: `charon.replay_window`.
    package var replayWindow: UInt32

    package init(
        isLocal: @escaping (IPAddress) -> Bool = { _ in false },
        identify: @escaping (String) -> Identification? = basicIdentification,
        certificateSubject: @escaping ([UInt8]) -> Identification? = { _ in nil },
        supports: @escaping (SecurityProtocol, Transform) -> Bool = { _, _ in true },
        replayWindow: UInt32 = 32
    ) {
        self.isLocal = isLocal
        self.identify = identify
        self.certificateSubject = certificateSubject
        self.supports = supports
        self.replayWindow = replayWindow
    }

    /// Addresses, `user@host` and names; no distinguished names. The daemon supplies the complete reader.
    package static func basicIdentification(_ text: String) -> Identification? {
        if text.isEmpty { return nil }
        if text == "%any" { return .any }
        if let address = IPAddress(text) { return Identification(address: address) }
        if text.hasPrefix("@") { return Identification(fqdn: String(text.dropFirst())) }
        if text.contains("=") { return nil }
        return text.contains("@") ? Identification(email: text) : Identification(fqdn: text)
    }
}
