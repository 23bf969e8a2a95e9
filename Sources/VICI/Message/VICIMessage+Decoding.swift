extension VICIMessage {
    /// Reads elements to the reader's end.
    init(from reader: inout VICIReader) throws(VICIError) {
        self.init(try VICIMessage.elements(from: &reader, depth: 0))
    }

    /// Reads elements up to the end of the section that is `depth` deep; at depth 0 up to the end of the bytes.
    private static func elements(from reader: inout VICIReader, depth: Int) throws(VICIError) -> [VICIElement] {
        var elements: [VICIElement] = []
        while !reader.isAtEnd {
            let offset = reader.offset
            let code = try reader.u8()
            switch code {
            case VICIElement.Code.sectionStart:
                guard depth < VICILimits.depth else { throw .tooDeep(limit: VICILimits.depth) }
                let name = try reader.name()
                elements.append(.section(name: name, elements: try self.elements(from: &reader, depth: depth + 1)))
            case VICIElement.Code.sectionEnd:
                guard depth > 0 else { throw .misplacedElement(code, offset: offset) }
                return elements
            case VICIElement.Code.keyValue:
                let name = try reader.name()
                elements.append(.value(name: name, bytes: try reader.value()))
            case VICIElement.Code.listStart:
                let name = try reader.name()
                elements.append(.list(name: name, items: try items(from: &reader, depth: depth + 1)))
            case VICIElement.Code.listItem, VICIElement.Code.listEnd:
                throw .misplacedElement(code, offset: offset)
            default:
                throw .unknownElement(code, offset: offset)
            }
        }
        guard depth == 0 else { throw .unclosedElements(depth: depth) }
        return elements
    }

    private static func items(from reader: inout VICIReader, depth: Int) throws(VICIError) -> [[UInt8]] {
        var items: [[UInt8]] = []
        while !reader.isAtEnd {
            let offset = reader.offset
            let code = try reader.u8()
            switch code {
            case VICIElement.Code.listItem: items.append(try reader.value())
            case VICIElement.Code.listEnd: return items
            case 1...6: throw .misplacedElement(code, offset: offset)
            default: throw .unknownElement(code, offset: offset)
            }
        }
        throw .unclosedElements(depth: depth)
    }
}
