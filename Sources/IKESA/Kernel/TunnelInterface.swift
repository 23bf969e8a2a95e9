/// What the `interface` of a child configuration turns out to be.
package enum TunnelInterface: Equatable, Sendable {
    /// An XFRM interface: SAs and policies carry its ID, and what is routed to the device is protected.
    case device(id: UInt32)
    /// Any other interface: outbound policies count only for packets that leave by it.
    case ordinary
}

extension Kernel {
    /// Claims the interface that a child configuration names.
    ///
    /// - Returns: `marks`, with the interface's ID filled in where the configuration has none.
    /// - Throws: ``KernelError`` where the interface cannot be had, or cannot have these IDs.
    package func claimInterface(_ name: String, for marks: ChildMarks) throws(KernelError) -> ChildMarks {
        guard let wanted = marks.deviceID else {
            throw KernelError(
                request: "use interface \(name)", code: 22,
                reason: "it has one ID for both directions, and if_id_in is \(marks.interfaceIn), if_id_out "
                    + "\(marks.interfaceOut)")
        }
        var marks = marks
        if case .device(let id) = try claimInterface(name, id: wanted), wanted == 0 {
            marks.interfaceIn = id
            marks.interfaceOut = id
        }
        return marks
    }
}
