import Wire

/// Limits of a state or policy (`struct xfrm_lifetime_cfg`, 64 octets) in the kernel's order. Seconds of 0 are none;
/// bytes and packets have ``unlimited`` for none.
package struct XFRMLifetime: Hashable, Sendable {
    package var softBytes: UInt64 = unlimited
    package var hardBytes: UInt64 = unlimited
    package var softPackets: UInt64 = unlimited
    package var hardPackets: UInt64 = unlimited
    /// Seconds since the state was added.
    package var softSeconds: UInt64 = 0
    package var hardSeconds: UInt64 = 0
    /// Seconds since the first use.
    package var softUseSeconds: UInt64 = 0
    package var hardUseSeconds: UInt64 = 0

    package static let unlimited = UInt64.max
    static let size = 64

    package init() {}

    init(from view: NetlinkView) throws(CodecError) {
        softBytes = try view.u64(at: 0)
        hardBytes = try view.u64(at: 8)
        softPackets = try view.u64(at: 16)
        hardPackets = try view.u64(at: 24)
        softSeconds = try view.u64(at: 32)
        hardSeconds = try view.u64(at: 40)
        softUseSeconds = try view.u64(at: 48)
        hardUseSeconds = try view.u64(at: 56)
    }

    func write(to request: NetlinkRequest) {
        for value in [
            softBytes, hardBytes, softPackets, hardPackets, softSeconds, hardSeconds, softUseSeconds, hardUseSeconds,
        ] {
            request.u64(value)
        }
    }
}

/// What a state or policy has done so far (`struct xfrm_lifetime_cur`, 32 octets).
package struct XFRMUsage: Hashable, Sendable {
    package var bytes: UInt64 = 0
    package var packets: UInt64 = 0
    /// Seconds of the time of day.
    package var added: UInt64 = 0
    package var firstUsed: UInt64 = 0

    static let size = 32

    package init() {}

    init(from view: NetlinkView) throws(CodecError) {
        bytes = try view.u64(at: 0)
        packets = try view.u64(at: 8)
        added = try view.u64(at: 16)
        firstUsed = try view.u64(at: 24)
    }

    func write(to request: NetlinkRequest) {
        for value in [bytes, packets, added, firstUsed] { request.u64(value) }
    }
}
