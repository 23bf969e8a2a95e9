package import IPsecModel

/// Marks and interface IDs of one CHILD_SA, with `%unique` values filled in.
package struct ChildMarks: Hashable, Sendable {
    package var markIn = Mark()
    package var markOut = Mark()
    package var setMarkIn = Mark()
    package var setMarkOut = Mark()
    package var interfaceIn: UInt32 = 0
    package var interfaceOut: UInt32 = 0
    package init() {}

    /// The ID of an XFRM interface for both directions; 0: any, `nil`: there is none. Inbound packets need not belong
    /// to an interface.
    package var deviceID: UInt32? {
        interfaceIn == interfaceOut || interfaceIn == 0 ? interfaceOut : nil
    }
}

/// Hands out the values behind `%unique` and `%unique-dir`; they start at 1 and are not used twice.
package struct UniqueMarks {
    private var nextMark: UInt32 = 1
    private var nextInterface: UInt32 = 1

    package init() {}

    /// - Parameter inherited: interface IDs of the IKE_SA, used where the child configuration has none.
    package mutating func resolve(_ child: ChildConfig, inherited: (in: UInt32, out: UInt32)) -> ChildMarks {
        var marks = ChildMarks()
        (marks.markIn, marks.markOut) = pair(child.markIn, child.markOut)
        (marks.setMarkIn, marks.setMarkOut) = pair(child.setMarkIn, child.setMarkOut)
        let ids = interfaces(child.interfaceIDIn, child.interfaceIDOut)
        marks.interfaceIn = ids.in == 0 ? inherited.in : ids.in
        marks.interfaceOut = ids.out == 0 ? inherited.out : ids.out
        return marks
    }

    package mutating func interfaces(_ inbound: InterfaceID, _ outbound: InterfaceID) -> (in: UInt32, out: UInt32) {
        var shared: UInt32?
        return (interface(inbound, shared: &shared), interface(outbound, shared: &shared))
    }

    private mutating func interface(_ id: InterfaceID, shared: inout UInt32?) -> UInt32 {
        switch id {
        case .none: return 0
        case .value(let value): return value
        case .uniqueDirection: return takeInterface()
        case .unique:
            let value = shared ?? takeInterface()
            shared = value
            return value
        }
    }

    private mutating func takeInterface() -> UInt32 {
        defer { nextInterface &+= 1 }
        return nextInterface
    }

    private mutating func pair(_ inbound: MarkConfig, _ outbound: MarkConfig) -> (Mark, Mark) {
        var shared: UInt32?
        return (mark(inbound, shared: &shared), mark(outbound, shared: &shared))
    }

    private mutating func mark(_ config: MarkConfig, shared: inout UInt32?) -> Mark {
        switch config.value {
        case .value(let value): return Mark(value: value, mask: config.mask)
        case .same: return Mark(value: 0, mask: config.mask)
        case .uniqueDirection: return Mark(value: takeMark(), mask: config.mask)
        case .unique:
            let value = shared ?? takeMark()
            shared = value
            return Mark(value: value, mask: config.mask)
        }
    }

    private mutating func takeMark() -> UInt32 {
        defer { nextMark &+= 1 }
        return nextMark
    }
}
