package import IKESA
package import XFRM

/// How the priority of a policy follows from what it is for, as charon calculates it.
///
/// Lower numbers win. The class decides first; within a class a narrower selector wins:
///
///     bit 0      a CHILD_SA before the trap that it was made by
///     bit 1      restricted to an interface
///     bits 2-7   bits of both port masks
///     bit 8      restricted to a protocol
///     bits 9-17  bits of both network prefixes
///
/// So a tunnel between two /16 networks has 400000 - 32 * 512 - 1 = 383615.
package enum PolicyPriority {
    package static func calculate(_ selector: XFRMSelector, _ policyClass: PolicyParameters.Class) -> UInt32 {
        let prefixes = UInt32(selector.sourcePrefix) + UInt32(selector.destinationPrefix)
        let ports = selector.sourcePort.mask.nonzeroBitCount + selector.destinationPort.mask.nonzeroBitCount
        return base(policyClass) - prefixes * 512
            - (selector.ipProtocol == 0 ? 0 : 256)
            - UInt32(ports) * 4
            - (selector.interfaceIndex == 0 ? 0 : 2)
            - (policyClass == .routed ? 0 : 1)
    }

    private static func base(_ policyClass: PolicyParameters.Class) -> UInt32 {
        switch policyClass {
        case .passShunt: 200_000
        case .established, .routed: 400_000
        case .dropShunt: 600_000
        }
    }
}
