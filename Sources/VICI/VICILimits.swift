/// Sizes that VICI fixes or that protect a reader of it.
package enum VICILimits {
    /// Longest packet, without its length prefix: 512 KB, the limit of every VICI implementation.
    package static let packetBytes = 512 * 1024
    /// Longest section, key, list, command or event name: its length is 8 bits.
    package static let nameBytes = 255
    /// Longest value or list item: its length is 16 bits.
    package static let valueBytes = 65_535
    /// Deepest nesting that is read or written. Configuration needs 5; the rest is room.
    package static let depth = 32
}
