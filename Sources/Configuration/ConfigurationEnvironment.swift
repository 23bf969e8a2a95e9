package import IPsecModel

/// What turning text into connections needs to know about the machine and about other parts of the daemon.
package struct ConfigurationEnvironment {
    /// Whether an address is configured on this machine: decides which of `left` and `right` is ours.
    package var isLocal: (IPAddress) -> Bool
    /// Reads an identity; `nil` where the text is none.
    package var identify: (String) -> Identification?
    /// Subject of a DER certificate; `nil` where it cannot be read.
    package var certificateSubject: ([UInt8]) -> Identification?
    /// Whether a DER certificate speaks for an identity.
    package var certificateConfirms: ([UInt8], Identification) -> Bool
    /// Whether a protocol can use an algorithm: the crypto provider answers for IKE and for every key exchange, the
    /// kernel for the ciphers and integrity algorithms of ESP and AH.
    package var supports: (SecurityProtocol, Transform) -> Bool
    /// Packets of the replay window where the connection does not say: `charon.replay_window`.
    package var replayWindow: UInt32

    package init(
        isLocal: @escaping (IPAddress) -> Bool = { _ in false },
        identify: @escaping (String) -> Identification? = readIdentity,
        certificateSubject: @escaping ([UInt8]) -> Identification? = { _ in nil },
        certificateConfirms: @escaping ([UInt8], Identification) -> Bool = { _, _ in true },
        supports: @escaping (SecurityProtocol, Transform) -> Bool = { _, _ in true },
        replayWindow: UInt32 = 32
    ) {
        self.isLocal = isLocal
        self.identify = identify
        self.certificateSubject = certificateSubject
        self.certificateConfirms = certificateConfirms
        self.supports = supports
        self.replayWindow = replayWindow
    }

    /// Every form of ``Identification/init(text:)``, except that a text with `=` must be a distinguished name: a faulty
    /// one would silently become a key ID that nobody has.
    package static func readIdentity(_ text: String) -> Identification? {
        let identity = Identification(text: text)
        let isFaultyName = identity.kind == .keyID && text.contains("=") && !Self.saysKeyID(text)
        return isFaultyName ? nil : identity
    }

    private static func saysKeyID(_ text: String) -> Bool {
        let word = text.prefix { $0 != ":" && $0 != "#" }.lowercased()
        return ["keyid", "{11}", "@"].contains(word)
    }
}
