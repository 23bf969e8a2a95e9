import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Narrowing of traffic selectors (RFC 7296 §2.9).
enum Selectors {
    /// Everything that `offered` and `configured` have in common, without selectors that others contain.
    static func narrow(_ offered: [TrafficSelector], to configured: [TrafficSelector]) -> [TrafficSelector] {
        var common: [TrafficSelector] = []
        for offer in offered {
            for own in configured {
                guard let both = offer.intersection(own), !common.contains(where: { both.isSubset(of: $0) }) else {
                    continue
                }
                common.removeAll { $0.isSubset(of: both) }
                common.append(both)
            }
        }
        return common
    }

    /// Pairs of selectors that one CHILD_SA may have: each is three policies in the kernel.
    static let mostPairs = 1024

    /// As many of the selectors as may be installed, the first ones; the peer is told by what it gets (RFC 7296 §2.9).
    static func bounded(
        _ local: [TrafficSelector], _ remote: [TrafficSelector]
    ) -> (local: [TrafficSelector], remote: [TrafficSelector]) {
        guard local.count * remote.count > mostPairs else { return (local, remote) }
        let remotes = Array(remote.prefix(max(32, mostPairs / max(1, local.count))))
        return (Array(local.prefix(mostPairs / max(1, remotes.count))), remotes)
    }

    /// Whether an answer stays within what was offered.
    static func isNarrowing(_ answer: [TrafficSelector], of offered: [TrafficSelector]) -> Bool {
        !answer.isEmpty && answer.allSatisfy { one in offered.contains { one.isSubset(of: $0) } }
    }

    /// In transport mode behind a translator the two ends know each other by different addresses: a host selector
    /// is read as the address that the packet really has here (RFC 7296 §2.23.1).
    static func translated(_ selectors: [TrafficSelector], to address: IPAddress) -> [TrafficSelector] {
        selectors.map { selector in
            guard selector.isHost, selector.family == address.family else { return selector }
            return TrafficSelector(
                host: address, ipProtocol: selector.ipProtocol, startPort: selector.startPort,
                endPort: selector.endPort)
        }
    }
}

extension IKEv2SA {
    /// The configuration's selectors with `dynamic` filled in.
    func localSelectors(_ config: ChildConfig) -> [TrafficSelector] {
        config.localSelectors.flatMap { $0.resolved(for: [path.local.address]) }
    }

    func remoteSelectors(_ config: ChildConfig) -> [TrafficSelector] {
        config.remoteSelectors.flatMap { $0.resolved(for: [path.remote.address]) }
    }

    /// The peer's selectors as this side of a translator sees them.
    func translate(
        _ selectors: (local: [TrafficSelector], remote: [TrafficSelector]), mode: ChildConfig.Mode
    ) -> (local: [TrafficSelector], remote: [TrafficSelector]) {
        guard mode == .transport, natLocal || natRemote else { return selectors }
        return (
            natLocal ? Selectors.translated(selectors.local, to: path.local.address) : selectors.local,
            natRemote ? Selectors.translated(selectors.remote, to: path.remote.address) : selectors.remote
        )
    }
}
