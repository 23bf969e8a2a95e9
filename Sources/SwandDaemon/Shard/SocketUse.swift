package import IPsecModel

/// What an IKE socket is for.
package struct SocketUse: Equatable, Sendable {
    package var family: IPAddress.Family
    /// Whether ESP and IKE share the port (RFC 3948).
    package var isNATTraversal: Bool

    package init(family: IPAddress.Family, isNATTraversal: Bool) {
        self.family = family
        self.isNATTraversal = isNATTraversal
    }
}
