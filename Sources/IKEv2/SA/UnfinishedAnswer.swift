import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// An SA that the peer asked for in CREATE_CHILD_SA, and whose additional key exchanges are not over
/// (RFC 9370 §2.2.4).
struct UnfinishedAnswer {
    enum Subject {
        /// - `nonces`: the initiator's and ours.
        case child(ChildAnswer, rekeyed: ChildSA?, nonces: [[UInt8]])
        case ike(RekeyIKEAnswer)
    }

    /// Data of ADDITIONAL_KEY_EXCHANGE, by which the peer names it.
    let link: [UInt8]
    let subject: Subject
    var keys: AdditionalKeyAnswers
    let deadline: Instant

    init(_ subject: Subject, methods: [KeyExchangeMethod], link: [UInt8], deadline: Instant) {
        self.subject = subject
        self.link = link
        self.deadline = deadline
        keys = AdditionalKeyAnswers(methods)
    }

    /// How long the next IKE_FOLLOWUP_KE may take: a few retransmissions.
    static let patience = Duration.seconds(60)
    /// More than a peer with one request at a time can have any use for.
    static let limit = 4

    var isIKE: Bool {
        if case .ike = subject { true } else { false }
    }

    func isRekeying(_ child: ChildSA) -> Bool {
        guard case .child(_, let rekeyed, _) = subject else { return false }
        return rekeyed === child
    }

    /// Gives back what it holds.
    func discard() {
        guard case .child(let answer, _, _) = subject else { return }
        answer.discard()
    }
}

extension IKEv2SA {
    /// Remembers what the peer has begun, and says so in the response.
    func followUp(
        _ subject: UnfinishedAnswer.Subject, methods: [KeyExchangeMethod], _ reply: inout Reply, _ turn: inout Turn
    ) {
        if unfinished.count >= UnfinishedAnswer.limit { unfinished.removeFirst().discard() }
        let answer = UnfinishedAnswer(
            subject, methods: methods, link: environment.publicRandom(8), deadline: turn.now + UnfinishedAnswer.patience)
        unfinished.append(answer)
        reply.message.add(.additionalKeyExchange, data: answer.link)
        armUnfinished()
    }

    private func armUnfinished() {
        guard let deadline = unfinished.map(\.deadline).min() else { return timers.cancel(.unfinished) }
        timers.set(.unfinished, at: deadline)
    }

    /// The peer did not go on with what it began.
    func unfinishedTimedOut(_ turn: inout Turn) {
        for answer in unfinished where answer.deadline <= turn.now {
            log(&turn, .ike) { "the peer did not finish what it began with CREATE_CHILD_SA, forgetting it" }
            answer.discard()
            // Our own turn came and went while the peer was at it.
            if answer.isIKE, peer.rekeyTime > .zero, timers.deadline(of: .rekey) == nil {
                timers.set(.retryRekey, at: turn.now + .seconds(5) + environment.random(upTo: .seconds(10)))
            }
        }
        unfinished.removeAll { $0.deadline <= turn.now }
        armUnfinished()
        initiateNext(&turn)
    }

    func discardUnfinished() {
        for answer in unfinished { answer.discard() }
        unfinished = []
        timers.cancel(.unfinished)
    }

    /// The peer is replacing this IKE_SA: what we would begin now would fall between the two (RFC 7296 §2.25.2).
    var isBeingReplaced: Bool { unfinished.contains(where: \.isIKE) }
}
