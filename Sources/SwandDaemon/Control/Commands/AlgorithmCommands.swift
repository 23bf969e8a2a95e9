package import CryptoInterface
import IPsecModel
import VICI

/// `get-algorithms`: what the crypto provider offers, and who it is.
package struct AlgorithmCommands: CommandGroup {
    private let crypto: any CryptoProvider
    private let backend: String

    package init(crypto: any CryptoProvider, backend: String = "openssl") {
        self.crypto = crypto
        self.backend = backend
    }

    package var commands: [ControlCommand] {
        [ControlCommand("get-algorithms") { (_) throws(CommandFailure) in .answer(self.list()) }]
    }

    private func list() -> VICIMessage {
        let known = Set(
            ProposalKeywords.words.compactMap { word -> Transform? in
                if case .transform(let transform) = ProposalKeywords.meaning(of: word) { transform } else { nil }
            }
        ).filter(crypto.supports)
        var message = VICIMessage()
        section("encryption", in: &message, known.filter { $0.type == .encryption && !Self.isAEAD($0) })
        section("integrity", in: &message, known.filter { $0.type == .integrity })
        section("aead", in: &message, known.filter { $0.type == .encryption && Self.isAEAD($0) })
        section("prf", in: &message, known.filter { $0.type == .prf })
        section("dh", in: &message, known.filter { $0.type == .keyExchange && $0.id != 0 })
        return message
    }

    private static func isAEAD(_ transform: Transform) -> Bool {
        EncryptionAlgorithm(rawValue: transform.id).isCombinedMode
    }

    /// One line an algorithm; key lengths are not told apart.
    private func section(_ name: String, in message: inout VICIMessage, _ transforms: Set<Transform>) {
        let ordered = transforms.sorted { ($0.id, $0.algorithmName) < ($1.id, $1.algorithmName) }
        var names: [String] = []
        for transform in ordered where names.last != transform.algorithmName { names.append(transform.algorithmName) }
        message.section(name) { section in
            for algorithm in names { section.set(algorithm, backend) }
        }
    }
}
