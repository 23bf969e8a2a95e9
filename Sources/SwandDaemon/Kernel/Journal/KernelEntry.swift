import IPsecModel
private import Wire
package import XFRM

/// Something of ours in the kernel, as one line of the journal names it.
package enum KernelEntry: Hashable, Sendable {
    case state(XFRMStateID)
    case policy(XFRMPolicyKey)
    case route(Route)
    case rule(RoutingRule)
}

extension KernelEntry {
    /// Words separated by one space each; numbers are decimal, but SPIs and marks hexadecimal.
    package var line: String {
        switch self {
        case .state(let id):
            "state \(id.ipProtocol.rawValue) \(id.spi) \(id.destination) \(words(id.mark))"
        case .policy(let key):
            "policy \(key.direction.rawValue) \(words(key.selector)) \(words(key.mark)) \(key.interfaceID)"
        case .route(let route):
            "route \(route.destination) \(route.prefix) \(route.table) \(route.kind.rawValue)"
        case .rule(let rule):
            "rule \(rule.family.rawValue) \(rule.table) \(rule.priority) \(words(rule.mark)) "
                + (rule.isMarkInverted ? "1" : "0")
        }
    }

    private func words(_ mark: XFRMMark) -> String {
        "\(hexadecimal(mark.value)) \(hexadecimal(mark.mask))"
    }

    private func words(_ selector: XFRMSelector) -> String {
        "\(selector.source) \(selector.sourcePrefix) \(selector.destination) \(selector.destinationPrefix) "
            + "\(selector.sourcePort.port) \(selector.sourcePort.mask) \(selector.destinationPort.port) "
            + "\(selector.destinationPort.mask) \(selector.ipProtocol) \(selector.interfaceIndex)"
    }

    /// Reads a line back; `nil` for anything that ``line`` would not have written.
    package init?(line: some StringProtocol) {
        var words = Words(rest: line.split(separator: Character(" ")).map { String($0) }[...])
        guard let kind = words.next(), let entry = Self.read(kind, &words), words.rest.isEmpty else { return nil }
        self = entry
    }

    private static func read(_ kind: String, _ words: inout Words) -> KernelEntry? {
        switch kind {
        case "state": state(&words)
        case "policy": policy(&words)
        case "route": route(&words)
        case "rule": rule(&words)
        default: nil
        }
    }

    private static func state(_ words: inout Words) -> KernelEntry? {
        guard let number: UInt8 = words.number(), let ipProtocol = XFRMProtocol(rawValue: number),
            let spi = words.hexadecimal(), let destination = words.address(), let mark = words.mark()
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

    /// The words of a line that are not read yet.
    private struct Words {
        var rest: ArraySlice<String>

        mutating func next() -> String? { rest.popFirst() }
        mutating func number<Number: FixedWidthInteger>() -> Number? { next().flatMap { Number($0) } }
        mutating func hexadecimal() -> UInt32? { next().flatMap { UInt32($0, radix: 16) } }
        mutating func address() -> IPAddress? { next().flatMap { IPAddress($0) } }

        mutating func mark() -> XFRMMark? {
            guard let value = hexadecimal(), let mask = hexadecimal() else { return nil }
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
