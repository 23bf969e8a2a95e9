import IPsecModel
import Wire
import XFRM

@testable import SwandDaemon

/// A kernel's databases in memory, behind the same requests: enough of them to test who is in force and what is left.
final class InMemoryNetlink: NetlinkChannel {
    /// Policies by the octets that name them, with their priority and first template's SPI.
    var policies: [[UInt8]: Policy] = [:]
    var states: Set<[UInt8]> = []
    /// Types of all requests, in order.
    var requests: [UInt16] = []
    /// The whole octets of all requests.
    var octets: [[UInt8]] = []
    /// The `errno` that the n-th request is refused with.
    var refusals: [Int: Int32] = [:]

    struct Policy: Equatable {
        var priority: UInt32
        var spi: UInt32?
    }

    func transact(_ request: NetlinkRequest, _ receive: (NetlinkMessage) -> Void) throws(NetlinkFailure) {
        request.seal(sequence: 1)
        let bytes = request.buffer.withUnsafeBytes { Array($0) }
        requests.append(request.type)
        octets.append(bytes)
        if let code = refusals[requests.count - 1] { throw NetlinkFailure(code: code) }
        guard let type = XFRMMessageType(rawValue: request.type) else { return }
        try answer(type, bytes)
    }

    private func answer(_ type: XFRMMessageType, _ bytes: [UInt8]) throws(NetlinkFailure) {
        switch type {
        case .newPolicy:
            let key = Self.policyKey(bytes, direction: 16 + 160)
            guard policies[key] == nil else { throw NetlinkFailure(code: NetlinkFailure.exists) }
            policies[key] = Self.policy(bytes)
        case .updatePolicy:
            policies[Self.policyKey(bytes, direction: 16 + 160)] = Self.policy(bytes)
        case .deletePolicy:
            guard policies.removeValue(forKey: Self.policyKey(bytes, direction: 16 + 60)) != nil else {
                throw NetlinkFailure(code: NetlinkFailure.noEntry)
            }
        case .newSA:
            let key = Array(bytes[(16 + 56)..<(16 + 80)])
            guard states.insert(key).inserted else { throw NetlinkFailure(code: NetlinkFailure.exists) }
        case .deleteSA:
            let key = bytes[16..<32] + bytes[32..<36] + [bytes[38], 0, 0, 0]
            guard states.remove(Array(key)) != nil else {
                throw NetlinkFailure(code: NetlinkFailure.noSuchProcess)
            }
        default:
            break
        }
    }

    private static func policyKey(_ bytes: [UInt8], direction: Int) -> [UInt8] {
        Array(bytes[16..<(16 + 56)]) + [bytes[direction]]
    }

    private static func policy(_ bytes: [UInt8]) -> Policy {
        let priority = bytes[(16 + 152)..<(16 + 156)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        guard bytes.count >= 16 + 168 + 4 + 64 else { return Policy(priority: priority, spi: nil) }
        let spi = bytes[(16 + 168 + 4 + 16)..<(16 + 168 + 4 + 20)].reduce(0) { $0 << 8 | UInt32($1) }
        return Policy(priority: priority, spi: spi)
    }
}

/// A kernel on that netlink, which keeps no journal.
func makeKernel(_ xfrm: InMemoryNetlink, route: InMemoryNetlink = InMemoryNetlink()) -> XFRMKernel {
    var settings = KernelSettings()
    settings.journalPath = nil
    settings.sysctlRoot = "/nonexistent"
    return XFRMKernel(settings: settings, xfrm: xfrm, route: route)
}
