import IPsecModel
package import XFRM

/// Something of ours in the kernel, as one line of the journal names it.
package enum KernelEntry: Hashable, Sendable {
    case state(XFRMStateID)
    case policy(XFRMPolicyKey)
    case route(Route)
    case rule(RoutingRule)
    case device(name: String, id: UInt32)
}

extension KernelEntry {
    /// A letter for what it is, and hexadecimal numbers with a space before each. An address is its family (4 or 6)
    /// and its value.
    package var line: String {
        var writer = Writer()
        write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Appends ``line`` to octets; this is done for each SA and policy, so it makes no strings on the way.
    package func append(to bytes: inout [UInt8]) {
        var writer = Writer(bytes: bytes)
        bytes = []
        write(to: &writer)
        bytes = writer.bytes
    }

    private func write(to writer: inout Writer) {
        switch self {
        case .state(let id):
            writer.letter("s")
            writer.number(id.ipProtocol.rawValue)
            writer.number(id.spi.rawValue)
            writer.address(id.destination)
            writer.mark(id.mark)
        case .policy(let key):
            writer.letter("p")
            writer.number(key.direction.rawValue)
            writer.selector(key.selector)
            writer.mark(key.mark)
            writer.number(key.interfaceID)
        case .route(let route):
            writer.letter("r")
            writer.address(route.destination)
            writer.number(route.prefix)
            writer.number(route.table)
            writer.number(route.kind.rawValue)
        case .rule(let rule):
            writer.letter("l")
            writer.number(rule.family.rawValue)
            writer.number(rule.table)
            writer.number(rule.priority)
            writer.mark(rule.mark)
            writer.number(rule.isMarkInverted ? 1 as UInt8 : 0)
        case .device(let name, let id):
            writer.letter("d")
            writer.number(id)
            writer.text(name)
        }
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func letter(_ letter: Unicode.Scalar) { bytes.append(UInt8(ascii: letter)) }

        mutating func number(_ value: some FixedWidthInteger & UnsignedInteger) {
            bytes.append(UInt8(ascii: " "))
            let digits = max(1, (type(of: value).bitWidth - value.leadingZeroBitCount + 3) / 4)
            for digit in (0..<digits).reversed() {
                let nibble = UInt8(truncatingIfNeeded: value >> (4 * digit)) & 15
                bytes.append(nibble + (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
            }
        }

        /// Its length and its octets, so that a blank in a name is no end of a word.
        mutating func text(_ text: String) {
            number(UInt8(truncatingIfNeeded: text.utf8.count))
            for octet in text.utf8 { number(octet) }
        }

        mutating func address(_ address: IPAddress) {
            number(address.family.rawValue)
            number(address.value)
        }

        mutating func mark(_ mark: XFRMMark) {
            number(mark.value)
            number(mark.mask)
        }

        mutating func selector(_ selector: XFRMSelector) {
            address(selector.source)
            number(selector.sourcePrefix)
            address(selector.destination)
            number(selector.destinationPrefix)
            for port in [selector.sourcePort, selector.destinationPort] {
                number(port.port)
                number(port.mask)
            }
            number(selector.ipProtocol)
            number(selector.interfaceIndex)
        }
    }
}

extension KernelEntry {
    /// Reads a line back; `nil` for anything that ``line`` would not have written.
    package init?(line: some StringProtocol) {
        var words = Words(rest: line.split(separator: Character(" ")).map { String($0) }[...])
        guard let kind = words.rest.popFirst(), let entry = Self.read(kind, &words), words.rest.isEmpty else {
            return nil
        }
        self = entry
    }

    private static func read(_ kind: String, _ words: inout Words) -> KernelEntry? {
        switch kind {
        case "s": state(&words)
        case "p": policy(&words)
        case "r": route(&words)
        case "l": rule(&words)
        case "d": device(&words)
        default: nil
        }
    }

    private static func state(_ words: inout Words) -> KernelEntry? {
        guard let number: UInt8 = words.number(), let ipProtocol = XFRMProtocol(rawValue: number),
            let spi: UInt32 = words.number(), let destination = words.address(), let mark = words.mark()
        else { return nil }
        return .state(
            XFRMStateID(destination: destination, spi: SPI(rawValue: spi), ipProtocol: ipProtocol, mark: mark))
    }

    private static func policy(_ words: inout Words) -> KernelEntry? {
        guard let number: UInt8 = words.number(), let direction = XFRMDirection(rawValue: number),
            let selector = words.selector(), let mark = words.mark(), let interfaceID: UInt32 = words.number()
        else { return nil }
        return .policy(
            XFRMPolicyKey(direction: direction, selector: selector, mark: mark, interfaceID: interfaceID))
    }

    private static func route(_ words: inout Words) -> KernelEntry? {
        guard let destination = words.address(), let prefix: UInt8 = words.number(),
            let table: UInt32 = words.number(), let number: UInt8 = words.number(),
            let kind = Route.Kind(rawValue: number), Int(prefix) <= destination.family.bits
        else { return nil }
        var route = Route(destination: destination, prefix: prefix, table: table)
        route.kind = kind
        return .route(route)
    }

    private static func rule(_ words: inout Words) -> KernelEntry? {
        guard let number: UInt8 = words.number(), let family = IPAddress.Family(rawValue: number),
            let table: UInt32 = words.number(), let priority: UInt32 = words.number(), let mark = words.mark(),
            let inverted: UInt8 = words.number()
        else { return nil }
        return .rule(
            RoutingRule(
                family: family, table: table, priority: priority, mark: mark, isMarkInverted: inverted != 0))
    }

    private static func device(_ words: inout Words) -> KernelEntry? {
        guard let id: UInt32 = words.number(), let name = words.text() else { return nil }
        return .device(name: name, id: id)
    }

    /// The words of a line that are not read yet.
    private struct Words {
        var rest: ArraySlice<String>

        mutating func number<Number: FixedWidthInteger>() -> Number? {
            rest.popFirst().flatMap { Number($0, radix: 16) }
        }

        mutating func text() -> String? {
            guard let count: UInt8 = number(), count > 0 else { return nil }
            var octets: [UInt8] = []
            for _ in 0..<count {
                guard let octet: UInt8 = number() else { return nil }
                octets.append(octet)
            }
            return String(validating: octets, as: UTF8.self)
        }

        mutating func address() -> IPAddress? {
            guard let number: UInt8 = number(), let family = IPAddress.Family(rawValue: number),
                let value: UInt128 = self.number()
            else { return nil }
            return IPAddress(family: family, value: value)
        }

        mutating func mark() -> XFRMMark? {
            guard let value: UInt32 = number(), let mask: UInt32 = number() else { return nil }
            return XFRMMark(value: value, mask: mask)
        }

        mutating func selector() -> XFRMSelector? {
            guard let source = address(), let sourcePrefix: UInt8 = number(), let destination = address(),
                let destinationPrefix: UInt8 = number(), let sourcePort = port(), let destinationPort = port(),
                let ipProtocol: UInt8 = number(), let interfaceIndex: UInt32 = number(),
                source.family == destination.family
            else { return nil }
            var selector = XFRMSelector(all: source.family)
            selector.source = source
            selector.sourcePrefix = sourcePrefix
            selector.destination = destination
            selector.destinationPrefix = destinationPrefix
            selector.sourcePort = sourcePort
            selector.destinationPort = destinationPort
            selector.ipProtocol = ipProtocol
            selector.interfaceIndex = interfaceIndex
            return selector
        }

        private mutating func port() -> XFRMSelector.MaskedPort? {
            guard let port: UInt16 = number(), let mask: UInt16 = number() else { return nil }
            return XFRMSelector.MaskedPort(port: port, mask: mask)
        }
    }
}
