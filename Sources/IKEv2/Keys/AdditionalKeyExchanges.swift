import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

extension Proposal {
    /// The negotiated key exchanges beyond the first, in the order in which they take place (RFC 9370 §2.2.1).
    var additionalKeyExchanges: [KeyExchangeMethod] {
        transforms.filter { $0.type.isKeyExchange && $0.type != .keyExchange && $0.id != KeyExchangeMethod.none.rawValue }
            .sorted { $0.type.rawValue < $1.type.rawValue }
            .map { KeyExchangeMethod(rawValue: $0.id) }
    }
}

/// The initiator's half of the additional key exchanges of one SA, one after the other.
struct AdditionalKeyExchanges {
    private var methods: [KeyExchangeMethod]
    private var current: (any KeyExchange)?
    /// SK(1) to SK(n) so far (RFC 9370 §2.2.2).
    private(set) var secrets: [SecretBytes] = []

    init(_ methods: [KeyExchangeMethod]) { self.methods = methods }

    var isDone: Bool { methods.isEmpty }

    /// Starts the next key exchange and writes its KE payload.
    mutating func write(_ message: inout PayloadWriter, _ crypto: any CryptoProvider) throws(CryptoError) {
        guard let method = methods.first else { throw .backend("no key exchange is left") }
        let exchange = try crypto.keyExchange(method)
        current = exchange
        message.add(.keyExchange) {
            KEPayload(method: method, publicValue: exchange.publicValue).write(to: &$0)
        }
    }

    /// Reads the peer's answer to the key exchange that was started last.
    ///
    /// - Returns: its secret, which ``secrets`` holds as well.
    @discardableResult
    mutating func read(_ contents: MessageContents) throws(ChildFailure) -> SecretBytes {
        guard let current, let answer = contents.ke, answer.method == current.method else {
            throw .badAnswer("the peer's answer lacks the additional key exchange \(methods.first.map { "\($0)" } ?? "")")
        }
        do throws(CryptoError) {
            let secret = try current.sharedSecret(peer: answer.publicValue)
            secrets.append(secret)
            methods.removeFirst()
            self.current = nil
            return secret
        } catch {
            throw .crypto(error)
        }
    }
}

/// The responder's half of the same.
struct AdditionalKeyAnswers {
    private var methods: [KeyExchangeMethod]
    /// SK(1) to SK(n) so far (RFC 9370 §2.2.2).
    private(set) var secrets: [SecretBytes] = []

    init(_ methods: [KeyExchangeMethod]) { self.methods = methods }

    var isDone: Bool { methods.isEmpty }

    /// Answers the KE payload of a request.
    ///
    /// - Returns: the payload to send back, and the secret, which ``secrets`` holds as well.
    mutating func answer(
        _ contents: MessageContents, _ crypto: any CryptoProvider
    ) throws(ChildFailure) -> (payload: KEPayload, secret: SecretBytes) {
        guard let method = methods.first else { throw .badAnswer("no additional key exchange was agreed upon") }
        guard let ke = contents.ke, ke.method == method else {
            throw .badAnswer(
                "the peer sent \(contents.ke.map { "\($0.method)" } ?? "no key exchange"), \(method) was agreed upon")
        }
        do throws(CryptoError) {
            let (publicValue, secret) = try crypto.answerKeyExchange(method, peer: ke.publicValue)
            methods.removeFirst()
            secrets.append(secret)
            return (KEPayload(method: method, publicValue: publicValue), secret)
        } catch {
            throw .crypto(error)
        }
    }
}
