/// One element of a VICI message.
package enum VICIElement: Equatable, Sendable {
    /// A named group of elements, in the order they were sent.
    case section(name: String, elements: [VICIElement])
    /// A named value. VICI does not type values: text and binary look alike.
    case value(name: String, bytes: [UInt8])
    /// A named list of values.
    case list(name: String, items: [[UInt8]])

    /// The element's name, unique in its section by convention only.
    package var name: String {
        switch self {
        case .section(let name, _), .value(let name, _), .list(let name, _): name
        }
    }
}

extension VICIElement {
    /// The type bytes that announce elements on the wire.
    enum Code {
        static let sectionStart: UInt8 = 1
        static let sectionEnd: UInt8 = 2
        static let keyValue: UInt8 = 3
        static let listStart: UInt8 = 4
        static let listItem: UInt8 = 5
        static let listEnd: UInt8 = 6
    }
}
