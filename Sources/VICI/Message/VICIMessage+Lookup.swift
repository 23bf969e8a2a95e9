// A path walks sections by name; its last part names the element. The first element of a name wins.
extension VICIMessage {
    /// The element at a path, or nil.
    package subscript(path: String...) -> VICIElement? { element(at: path[...]) }

    /// The element at a path, or nil.
    package func element(at path: ArraySlice<String>) -> VICIElement? {
        guard let name = path.first else { return nil }
        let rest = path.dropFirst()
        guard !rest.isEmpty else { return elements.first { $0.name == name } }
        for case .section(name, let inner) in elements {
            return VICIMessage(inner).element(at: rest)
        }
        return nil
    }

    /// The value at a path as it came.
    package func bytes(_ path: String...) -> [UInt8]? { bytes(at: path[...]) }

    /// The value at a path as text; nil when it is missing or not UTF-8.
    package func string(_ path: String...) -> String? {
        guard let bytes = bytes(at: path[...]) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The value at a path for a terminal: bytes that are not UTF-8 are replaced, so nothing is hidden.
    package func text(_ path: String...) -> String? {
        bytes(at: path[...]).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value at a path as a decimal number; nil when missing, not a number or out of range.
    package func integer<Number: FixedWidthInteger>(_ path: String..., as type: Number.Type = UInt64.self) -> Number? {
        guard let bytes = bytes(at: path[...]), let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return Number(text)
    }

    /// The value at a path as a truth value: `yes`, `true`, `enabled`, `1` or `no`, `false`, `disabled`, `0`.
    package func bool(_ path: String...) -> Bool? {
        guard let bytes = bytes(at: path[...]) else { return nil }
        switch String(decoding: bytes, as: UTF8.self).lowercased() {
        case "yes", "true", "enabled", "1": return true
        case "no", "false", "disabled", "0": return false
        default: return nil
        }
    }

    /// The items of the list at a path as they came.
    package func list(_ path: String...) -> [[UInt8]]? {
        guard case .list(_, let items) = element(at: path[...]) else { return nil }
        return items
    }

    /// The items of the list at a path as text; nil when it is missing or an item is not UTF-8.
    package func strings(_ path: String...) -> [String]? {
        guard case .list(_, let items) = element(at: path[...]) else { return nil }
        var texts: [String] = []
        for item in items {
            guard let text = String(validating: item, as: UTF8.self) else { return nil }
            texts.append(text)
        }
        return texts
    }

    /// The content of the section at a path.
    package func section(_ path: String...) -> VICIMessage? {
        guard case .section(_, let inner) = element(at: path[...]) else { return nil }
        return VICIMessage(inner)
    }

    /// Every section of the top level with its name, in order.
    package var sections: [(name: String, content: VICIMessage)] {
        elements.compactMap { element in
            guard case .section(let name, let inner) = element else { return nil }
            return (name, VICIMessage(inner))
        }
    }

    private func bytes(at path: ArraySlice<String>) -> [UInt8]? {
        guard case .value(_, let bytes) = element(at: path) else { return nil }
        return bytes
    }
}
