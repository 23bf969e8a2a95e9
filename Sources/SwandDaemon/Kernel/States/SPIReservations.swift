package import IPsecModel

/// SPIs and CPIs that were chosen and whose SA is not there yet.
///
/// A negotiation that fails does not always give its SPI back, so the oldest reservations are forgotten when there are
/// very many; no negotiation lasts that long.
package struct SPIReservations {
    private var reserved: Set<UInt32> = []
    private var order: [UInt32] = []
    private var oldest = 0
    private static let limit = 1 << 16

    package init() {}

    package var count: Int { reserved.count }

    package func contains(_ spi: SPI) -> Bool { reserved.contains(spi.rawValue) }

    /// A random number of `range` that is neither reserved nor `isTaken`; `nil` if none was found in many attempts.
    package mutating func reserve(
        in range: ClosedRange<UInt32>, using generator: inout some RandomNumberGenerator, isTaken: (SPI) -> Bool
    ) -> SPI? {
        for _ in 0..<1024 {
            let spi = SPI(rawValue: UInt32.random(in: range, using: &generator))
            guard !spi.isZero, !reserved.contains(spi.rawValue), !isTaken(spi) else { continue }
            insert(spi.rawValue)
            return spi
        }
        return nil
    }

    /// Whether it was reserved.
    @discardableResult
    package mutating func release(_ spi: SPI) -> Bool { reserved.remove(spi.rawValue) != nil }

    private mutating func insert(_ spi: UInt32) {
        reserved.insert(spi)
        if order.count < Self.limit {
            order.append(spi)
        } else {
            reserved.remove(order[oldest])
            order[oldest] = spi
            oldest = (oldest + 1) % Self.limit
        }
    }
}
