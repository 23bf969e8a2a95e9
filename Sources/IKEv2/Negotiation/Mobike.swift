import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// The notifies of MOBIKE that both sides write and read in IKE_AUTH and later (RFC 4555 §3.1, §3.4, §3.6).
enum Mobike {
    /// More addresses than these are neither told nor believed.
    static let addressLimit = 8

    /// As responder: only to a peer that has announced it.
    static func announce(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) {
        guard sa.peer.mobike else { return }
        message.add(.mobikeSupported)
        writeAddresses(sa, &message)
    }

    static func read(_ contents: MessageContents, _ sa: IKEv2SA, _ turn: inout Turn) {
        guard sa.peer.mobike, contents.has(.mobikeSupported) else { return }
        sa.log(&turn, .ike) { "peer supports MOBIKE" }
        sa.capabilities.insert(.mobike)
        readAddresses(contents, sa, from: sa.path.remote.address, &turn)
    }

    // MARK: Addresses

    /// All addresses that we can be reached at besides the one that the message comes from.
    static func furtherAddresses(_ sa: IKEv2SA) -> [IPAddress] {
        Array(sa.environment.kernel.usableAddresses().filter { $0 != sa.path.local.address }.prefix(addressLimit))
    }

    static func writeAddresses(_ sa: IKEv2SA, _ message: inout PayloadWriter) {
        let addresses = furtherAddresses(sa)
        sa.announcedAddresses = addresses
        if addresses.isEmpty { message.add(.noAdditionalAddresses) }
        for address in addresses {
            message.add(address.family == .v4 ? .additionalIPv4Address : .additionalIPv6Address, data: address.bytes)
        }
    }

    /// A list replaces the one before.
    /// - Returns: whether the message had one.
    @discardableResult
    static func readAddresses(
        _ contents: MessageContents, _ sa: IKEv2SA, from sender: IPAddress, _ turn: inout Turn
    ) -> Bool {
        let named = contents.notifies.filter { $0.type == .additionalIPv4Address || $0.type == .additionalIPv6Address }
        guard !named.isEmpty || contents.has(.noAdditionalAddresses) else { return false }
        let further = named.prefix(addressLimit).compactMap { notify -> IPAddress? in
            let size = notify.type == .additionalIPv4Address ? 4 : 16
            return notify.data.count == size ? IPAddress(bytes: notify.data) : nil
        }
        sa.peerAddresses = [sender] + further
        for address in further {
            sa.log(&turn, .ike, 2) { "got additional MOBIKE peer address: \(address)" }
        }
        return true
    }
}
