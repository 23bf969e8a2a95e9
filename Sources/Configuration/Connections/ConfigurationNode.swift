import IPsecModel

/// A section of keys, lists and sections in the order in which they were written: what a control message or a settings
/// file says about a connection, before anything is understood.
package struct ConfigurationNode: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// Text, or bytes where the key carries a certificate.
        case value([UInt8])
        case list([[UInt8]])
        case section(ConfigurationNode)
    }

    package struct Item: Sendable, Equatable {
        package var key: String
        package var content: Content
        package init(key: String, content: Content) {
            self.key = key
            self.content = content
        }
    }

    package var items: [Item]

    package init(_ items: [Item] = []) { self.items = items }

    package mutating func append(_ key: String, _ content: Content) { items.append(Item(key: key, content: content)) }
    package mutating func append(_ key: String, text: String) { append(key, .value(Array(text.utf8))) }

    package func section(_ key: String) -> ConfigurationNode? {
        for case let item in items where item.key == key {
            if case .section(let node) = item.content { return node }
        }
        return nil
    }
}

extension ConfigurationNode {
    /// The same section as a settings file has it: every value is text; lists are written with commas.
    package init(_ section: SettingsSection) {
        self.init()
        for (key, value) in section.values { append(key, text: value.text) }
        for inner in section.sections { append(inner.name, .section(ConfigurationNode(inner))) }
    }
}

extension ConfigurationNode.Content {
    /// The texts of a list, or of one value that is split at commas.
    var texts: [String]? {
        switch self {
        case .value(let bytes): Value.list(String(decoding: bytes, as: UTF8.self))
        case .list(let values): values.map { String(decoding: $0, as: UTF8.self) }
        case .section: nil
        }
    }

    /// The text of a value as it is, or the texts of a list joined by commas.
    var text: String {
        guard case .value(let bytes) = self else { return (texts ?? []).joined(separator: ",") }
        return String(String(decoding: bytes, as: UTF8.self).trimmed)
    }

    /// The blobs of a list, or one blob, as they are.
    var blobs: [[UInt8]]? {
        switch self {
        case .value(let bytes): [bytes]
        case .list(let values): values
        case .section: nil
        }
    }
}
