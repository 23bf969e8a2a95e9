import IKECodec
import IKESA
import IKEv2
import IPsecModel

/// The last responses of IKE_SAs that ended with them. A peer that did not get one asks again, and would go on for
/// minutes without an answer, before it sets up anything new (RFC 7296 §2.1).
struct Farewells {
    private struct Entry {
        let peerSPI: IKESPI
        let messageID: MessageID
        let datagrams: [[UInt8]]
        let dscp: UInt8
        let deadline: Instant
    }

    private var entries: [IKESPI: Entry] = [:]
    /// The oldest first.
    private var order: [IKESPI] = []

    /// Long enough for the first few retransmissions.
    static let patience = Duration.seconds(60)
    /// Whoever makes us end more IKE_SAs than these within a minute may wait.
    static let limit = 256

    var count: Int { entries.count }

    mutating func keep(_ response: LastResponse, of sa: IKEv2SA, at now: Instant) {
        forgetOld(now)
        if order.count >= Self.limit { entries[order.removeFirst()] = nil }
        order.append(sa.localSPI)
        entries[sa.localSPI] = Entry(
            peerSPI: sa.remoteSPI, messageID: response.messageID, datagrams: response.datagrams, dscp: sa.peer.dscp,
            deadline: now + Self.patience)
    }

    /// The response to a request that an IKE_SA has answered before it ended.
    mutating func response(
        to header: IKEHeader, _ own: IKESPI, at now: Instant
    ) -> (datagrams: [[UInt8]], dscp: UInt8)? {
        forgetOld(now)
        guard !header.isResponse, let entry = entries[own], entry.messageID == header.messageID,
            entry.peerSPI == (header.isFromInitiator ? header.initiatorSPI : header.responderSPI)
        else { return nil }
        return (entry.datagrams, entry.dscp)
    }

    private mutating func forgetOld(_ now: Instant) {
        while let first = order.first, let entry = entries[first], entry.deadline <= now {
            entries[first] = nil
            order.removeFirst()
        }
    }
}
