internal import Glibc

/// An IP address that compares with others of its family.
struct AddressOrder {
    private let bytes: [UInt8]

    init?(_ text: String) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 {
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    /// False across families.
    static func <= (left: AddressOrder, right: AddressOrder) -> Bool {
        left.bytes.count == right.bytes.count && !right.bytes.lexicographicallyPrecedes(left.bytes)
    }
}
