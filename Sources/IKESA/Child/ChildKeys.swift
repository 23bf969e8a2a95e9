package import CryptoInterface

/// The keys of one direction of a CHILD_SA (RFC 7296 §2.17).
package struct ChildDirectionKeys: Sendable {
    package let encryption: SecretBytes
    package let integrity: SecretBytes
    package init(encryption: SecretBytes, integrity: SecretBytes) {
        self.encryption = encryption
        self.integrity = integrity
    }
}

/// Keys from us to the peer and back.
package struct ChildKeys: Sendable {
    package let outbound: ChildDirectionKeys
    package let inbound: ChildDirectionKeys
    package init(outbound: ChildDirectionKeys, inbound: ChildDirectionKeys) {
        self.outbound = outbound
        self.inbound = inbound
    }
}
