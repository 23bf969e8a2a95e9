/// Appends elements to a packet and refuses what its length fields cannot say.
struct VICIWriter {
    var bytes: [UInt8] = []

    mutating func write(_ elements: [VICIElement], depth: Int = 0) throws(VICIError) {
        for element in elements {
            try write(element, depth: depth)
        }
    }

    /// A name with its 8-bit length.
    mutating func write(name: String) throws(VICIError) {
        let text = name.utf8
        guard text.count <= VICILimits.nameBytes else { throw .nameTooLong(name: name, length: text.count) }
        bytes.append(UInt8(text.count))
        bytes.append(contentsOf: text)
    }

    private mutating func write(_ element: VICIElement, depth: Int) throws(VICIError) {
        switch element {
        case .section(let name, let elements):
            guard depth < VICILimits.depth else { throw .tooDeep(limit: VICILimits.depth) }
            bytes.append(VICIElement.Code.sectionStart)
            try write(name: name)
            try write(elements, depth: depth + 1)
            bytes.append(VICIElement.Code.sectionEnd)
        case .value(let name, let value):
            bytes.append(VICIElement.Code.keyValue)
            try write(name: name)
            try write(value: value, of: name)
        case .list(let name, let items):
            bytes.append(VICIElement.Code.listStart)
            try write(name: name)
            for item in items {
                bytes.append(VICIElement.Code.listItem)
                try write(value: item, of: name)
            }
            bytes.append(VICIElement.Code.listEnd)
        }
    }

    private mutating func write(value: [UInt8], of name: String) throws(VICIError) {
        guard value.count <= VICILimits.valueBytes else { throw .valueTooLong(name: name, length: value.count) }
        bytes.append(UInt8(value.count >> 8))
        bytes.append(UInt8(value.count & 0xff))
        bytes.append(contentsOf: value)
    }
}
