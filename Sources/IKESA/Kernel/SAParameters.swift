package import CryptoInterface
package import IPsecModel

/// What names an SA in the SAD: SPI, protocol and destination (RFC 4301 §4.1), and the mark it was installed with.
package struct SAIdentifier: Hashable, Sendable {
    package var protocolID: SecurityProtocol
    package var spi: SPI
    package var source: IPAddress
    package var destination: IPAddress
    package var mark: Mark

    package init(
        protocolID: SecurityProtocol, spi: SPI, source: IPAddress, destination: IPAddress, mark: Mark = Mark()
    ) {
        self.protocolID = protocolID
        self.spi = spi
        self.source = source
        self.destination = destination
        self.mark = mark
    }
}

/// A packet mark and the bits of it that count; both zero: none.
package struct Mark: Hashable, Sendable {
    package var value: UInt32
    package var mask: UInt32
    package init(value: UInt32 = 0, mask: UInt32 = 0) {
        self.value = value
        self.mask = mask
    }
    package var isSet: Bool { mask != 0 || value != 0 }
}

/// Outer addresses of an SA and the UDP ports where it is encapsulated (RFC 3948).
package struct SAAddresses: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    package var encapsulation: UDPEncapsulation?

    package init(source: IPAddress, destination: IPAddress, encapsulation: UDPEncapsulation? = nil) {
        self.source = source
        self.destination = destination
        self.encapsulation = encapsulation
    }
}

package struct UDPEncapsulation: Hashable, Sendable {
    package var sourcePort: UInt16
    package var destinationPort: UInt16
    package init(sourcePort: UInt16, destinationPort: UInt16) {
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
    }
}

/// Everything the kernel needs for one direction of a CHILD_SA.
package struct SAParameters: Sendable {
    package var identifier: SAIdentifier
    package var isInbound: Bool
    package var mode: ChildConfig.Mode
    package var reqid: UInt32
    package var encapsulation: UDPEncapsulation?
    /// `nil` for AH.
    package var encryption: (transform: Transform, key: SecretBytes)?
    /// `nil` for AEAD ciphers.
    package var integrity: (algorithm: IntegrityAlgorithm, key: SecretBytes)?
    package var extendedSequenceNumbers = false
    /// Packets; 0 switches replay protection off.
    package var replayWindow: UInt32 = 32
    package var lifetime = KernelLifetime()
    /// IPComp CPI; zero: none.
    package var cpi: SPI = .none
    /// Traffic selectors, source side and destination side; used for transport and BEET mode.
    package var sourceSelectors: [TrafficSelector] = []
    package var destinationSelectors: [TrafficSelector] = []
    /// Mark that packets carry after processing (`set_mark_in`, `set_mark_out`).
    package var setMark = Mark()
    package var interfaceID: UInt32 = 0
    /// The interface whose packets go out by this (outbound) SA, where the configuration names one.
    package var interface: String?
    package var tfcPadding: UInt32 = 0
    package var hardwareOffload: ChildConfig.HardwareOffload = .no
    package var copyDF = true
    package var copyECN = true
    package var copyDSCP: ChildConfig.CopyDSCP = .out

    package init(identifier: SAIdentifier, isInbound: Bool, mode: ChildConfig.Mode, reqid: UInt32) {
        self.identifier = identifier
        self.isInbound = isInbound
        self.mode = mode
        self.reqid = reqid
    }
}

/// Limits after which the kernel reports (soft) or ends (hard) an SA. Zero: none.
package struct KernelLifetime: Hashable, Sendable {
    package var softSeconds: UInt64 = 0
    package var hardSeconds: UInt64 = 0
    package var softBytes: UInt64 = 0
    package var hardBytes: UInt64 = 0
    package var softPackets: UInt64 = 0
    package var hardPackets: UInt64 = 0
    package init() {}
}

package struct SAUsage: Equatable, Sendable {
    package var bytes: UInt64
    package var packets: UInt64
    /// Time since the SA was last used; `nil`: never.
    package var idle: Duration?
    package init(bytes: UInt64 = 0, packets: UInt64 = 0, idle: Duration? = nil) {
        self.bytes = bytes
        self.packets = packets
        self.idle = idle
    }
}
