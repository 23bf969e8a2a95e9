import Wire

/// The SPI of an IKE_SA: eight octets that its owner chose (RFC 7296 §2.6).
package struct IKESPI: Hashable, Sendable, RawRepresentable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Zero: the responder's SPI in the very first request.
    package static let none = IKESPI(rawValue: 0)
    package var isZero: Bool { rawValue == 0 }

    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: rawValue >> (56 - 8 * UInt64($0))) }
    }
}

extension IKESPI: CustomStringConvertible {
    /// Sixteen hexadecimal digits, as charon prints it.
    package var description: String { hexadecimal(rawValue, width: 16) }
}

/// The SPI of an ESP or AH SA (four octets), or an IPComp CPI in its low two octets (RFC 4303 §2.1).
package struct SPI: Hashable, Sendable, RawRepresentable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let none = SPI(rawValue: 0)
    package var isZero: Bool { rawValue == 0 }

    package var bytes: [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> (24 - 8 * UInt32($0))) }
    }

    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension SPI: CustomStringConvertible {
    package var description: String { hexadecimal(rawValue, width: 8) }
}

/// The number of an exchange in one direction of an IKE_SA (RFC 7296 §2.2).
package typealias MessageID = UInt32
