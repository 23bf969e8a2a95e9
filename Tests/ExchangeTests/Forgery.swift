import IKECodec
@testable import IKEEngine
import IKESA
@testable import IKEv2
import IPsecModel
import SimulatedNetwork
import Wire

/// Messages that only the peer of an IKE_SA could have sent, made with its keys: what swand itself never says.
extension Pair {
    /// Sends a request as if `host` had thought of it.
    func forgeRequest(_ payloads: PayloadWriter, _ exchange: ExchangeType, from host: SimulatedHost) {
        guard let sa = host.engine.table.all.first else { return }
        inject(seal(payloads, exchange, sa.requests.nextID, [], sa), from: sa.path.local, to: sa.path.remote)
    }

    /// Answers the next request that `action` makes `host` send, in place of its peer, which hears nothing of it.
    func answer(_ host: SimulatedHost, with payloads: PayloadWriter, _ action: () -> Void) {
        network.holds = { $0.sender == host.name && $0.isRequest }
        action()
        network.holds = nil
        guard let packet = network.held.first, let header = packet.header else { return }
        network.dropHeld()
        let own = header.isFromInitiator ? header.responderSPI : header.initiatorSPI
        guard let sa = other(host).engine.table[own] else { return }
        let datagrams = seal(payloads, header.exchange, header.messageID, .response, sa)
        sa.responses.answered(header.exchange, with: datagrams)
        inject(datagrams, from: packet.destination, to: packet.source)
    }

    private func seal(
        _ payloads: PayloadWriter, _ exchange: ExchangeType, _ messageID: MessageID, _ flags: IKEHeader.Flags,
        _ sa: IKEv2SA
    ) -> [[UInt8]] {
        guard let keys = sa.keys else { return [] }
        let header = IKEHeader(
            initiatorSPI: sa.initiatorSPI, responderSPI: sa.responderSPI, exchange: exchange,
            flags: sa.isInitiator ? flags.union(.initiator) : flags, messageID: messageID)
        let sealer = MessageSealer(crypto: sa.environment.crypto, keys: keys)
        return (try? sealer.seal(header, payloads, fragmentSize: nil, ivCounter: &sa.ivCounter)) ?? []
    }

    private func inject(_ datagrams: [[UInt8]], from source: Endpoint, to destination: Endpoint) {
        for datagram in datagrams { network.inject(datagram, from: source, to: destination) }
        runUntilQuiet()
    }
}

extension PayloadWriter {
    /// Nothing but a notify.
    static func only(_ type: NotifyType, data: [UInt8] = []) -> PayloadWriter {
        var message = PayloadWriter()
        let notify = NotifyPayload(type, data: data)
        message.add(.notify) { notify.write(to: &$0) }
        return message
    }

    /// A request to rekey a CHILD_SA, or to make one where there is no `old`.
    static func child(rekeying old: SPI?, spi: [UInt8], _ initiator: TrafficSelector, _ responder: TrafficSelector) -> PayloadWriter {
        var message = PayloadWriter()
        if let old {
            let notify = NotifyPayload(.rekeySA, protocolID: .esp, spi: old.bytes)
            message.add(.notify) { notify.write(to: &$0) }
        }
        message.add(.securityAssociation) { writer in
            var proposal = Sample.espProposal()
            proposal.number = 1
            proposal.spi = spi
            SAPayload([proposal]).write(to: &writer)
        }
        message.add(.nonce) { $0.append([UInt8](repeating: 1, count: 32)) }
        message.add(.trafficSelectorInitiator) { TSPayload([initiator]).write(to: &$0) }
        message.add(.trafficSelectorResponder) { TSPayload([responder]).write(to: &$0) }
        return message
    }
}
