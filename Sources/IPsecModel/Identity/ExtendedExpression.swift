/// A POSIX extended regular expression, matched without regard to ASCII case in time proportional to the text: peers
/// choose the text, so an engine that backtracks would let them choose our time.
///
/// Literals, `.`, `[…]` with ranges and classes, `( )`, `|`, `*`, `+`, `?`, `{m,n}` up to 255, `^`, `$`, `\` before a
/// special character. No back references.
package struct ExtendedExpression: Sendable {
    private indirect enum Node {
        case empty
        case character(@Sendable (UInt8) -> Bool)
        case start
        case end
        case sequence([Node])
        case choice([Node])
        case repetition(Node, least: Int, most: Int?)
    }

    /// An instruction of the program that the expression becomes.
    private enum Step: Sendable {
        case consume(@Sendable (UInt8) -> Bool)
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case accept
    }

    private var steps: [Step] = []
    private static let mostSteps = 10_000

    /// `nil` where the expression is malformed or too large.
    package init?(_ pattern: String) {
        var parser = Parser(rest: Array(pattern.utf8)[...])
        guard let node = parser.choice(depth: 0), parser.rest.isEmpty, emit(node) else { return nil }
        steps.append(.accept)
    }

    /// Whether the expression matches somewhere in the text.
    package func matches(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        var states = Set<Int>()
        for position in 0...octets.count {
            follow(0, position, octets.count, &states)
            if states.contains(steps.count - 1) { return true }
            guard position < octets.count else { return false }
            var next = Set<Int>()
            for state in states {
                guard case .consume(let accepts) = steps[state] else { continue }
                if accepts(octets[position]) { follow(state + 1, position + 1, octets.count, &next) }
            }
            states = next
        }
        return false
    }

    /// Adds every state that can be reached from `first` without consuming anything.
    private func follow(_ first: Int, _ position: Int, _ end: Int, _ states: inout Set<Int>) {
        var pending = [first]
        while let state = pending.popLast() {
            guard states.insert(state).inserted else { continue }
            switch steps[state] {
            case .split(let one, let other): pending += [one, other]
            case .jump(let target): pending.append(target)
            case .start: if position == 0 { pending.append(state + 1) }
            case .end: if position == end { pending.append(state + 1) }
            case .consume, .accept: break
            }
        }
    }

    // MARK: Program

    private mutating func emit(_ node: Node) -> Bool {
        guard steps.count < Self.mostSteps else { return false }
        switch node {
        case .empty: return true
        case .character(let accepts): steps.append(.consume(accepts))
        case .start: steps.append(.start)
        case .end: steps.append(.end)
        case .sequence(let nodes): return nodes.allSatisfy { emit($0) }
        case .choice(let nodes): return emitChoice(nodes[...])
        case .repetition(let inner, let least, let most): return emitRepetition(inner, least, most)
        }
        return true
    }

    private mutating func emitChoice(_ nodes: ArraySlice<Node>) -> Bool {
        guard let first = nodes.first else { return true }
        guard nodes.count > 1 else { return emit(first) }
        let split = steps.count
        steps.append(.accept)
        guard emit(first) else { return false }
        let jump = steps.count
        steps.append(.accept)
        steps[split] = .split(split + 1, steps.count)
        guard emitChoice(nodes.dropFirst()) else { return false }
        steps[jump] = .jump(steps.count)
        return true
    }

    private mutating func emitRepetition(_ node: Node, _ least: Int, _ most: Int?) -> Bool {
        for _ in 0..<least { guard emit(node) else { return false } }
        guard let most else {
            let split = steps.count
            steps.append(.accept)
            guard emit(node) else { return false }
            steps.append(.jump(split))
            steps[split] = .split(split + 1, steps.count)
            return true
        }
        var splits: [Int] = []
        for _ in least..<max(most, least) {
            splits.append(steps.count)
            steps.append(.accept)
            guard emit(node) else { return false }
        }
        for split in splits { steps[split] = .split(split + 1, steps.count) }
        return true
    }

    // MARK: Parser

    private struct Parser {
        var rest: ArraySlice<UInt8>

        mutating func choice(depth: Int) -> Node? {
            guard depth < 64 else { return nil }
            var branches: [Node] = []
            repeat {
                guard let branch = sequence(depth: depth) else { return nil }
                branches.append(branch)
            } while take("|")
            return branches.count == 1 ? branches[0] : .choice(branches)
        }

        private mutating func sequence(depth: Int) -> Node? {
            var nodes: [Node] = []
            while let next = rest.first, next != UInt8(ascii: "|"), next != UInt8(ascii: ")") {
                guard var node = atom(depth: depth) else { return nil }
                while let repeated = repetition(of: node) {
                    guard let repeated = repeated.node else { return nil }
                    node = repeated
                }
                nodes.append(node)
            }
            return nodes.isEmpty ? .empty : .sequence(nodes)
        }

        private mutating func atom(depth: Int) -> Node? {
            guard let octet = rest.popFirst() else { return nil }
            switch octet {
            case UInt8(ascii: "("):
                guard let inner = choice(depth: depth + 1), take(")") else { return nil }
                return inner
            case UInt8(ascii: "["): return bracket()
            case UInt8(ascii: "."): return .character { _ in true }
            case UInt8(ascii: "^"): return .start
            case UInt8(ascii: "$"): return .end
            case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): return nil
            case UInt8(ascii: "\\"): return rest.popFirst().map(Self.literal)
            default: return Self.literal(octet)
            }
        }

        private static func literal(_ octet: UInt8) -> Node {
            let folded = asciiFolded(octet)
            return .character { asciiFolded($0) == folded }
        }

        /// `nil`: no repetition stands here; a result without a node: a malformed one.
        private mutating func repetition(of node: Node) -> (node: Node?, Void)? {
            if take("*") { return (.repetition(node, least: 0, most: nil), ()) }
            if take("+") { return (.repetition(node, least: 1, most: nil), ()) }
            if take("?") { return (.repetition(node, least: 0, most: 1), ()) }
            guard take("{") else { return nil }
            guard let least = number(), least <= 255 else { return (nil, ()) }
            guard take(",") else {
                return (take("}") ? .repetition(node, least: least, most: least) : nil, ())
            }
            if take("}") { return (.repetition(node, least: least, most: nil), ()) }
            guard let most = number(), most <= 255, most >= least, take("}") else { return (nil, ()) }
            return (.repetition(node, least: least, most: most), ())
        }

        private mutating func number() -> Int? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count <= 3 ? Int(String(decoding: digits, as: UTF8.self)) : nil
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func bracket() -> Node? {
            let isNegated = take("^")
            var members = Set<UInt8>()
            var isFirst = true
            while isFirst || rest.first != UInt8(ascii: "]") {
                isFirst = false
                if let named = namedClass() {
                    members.formUnion(named)
                    continue
                }
                guard let low = rest.popFirst() else { return nil }
                var high = low
                if rest.first == UInt8(ascii: "-"), rest.dropFirst().first.map({ $0 != UInt8(ascii: "]") }) == true {
                    rest.removeFirst()
                    guard let upper = rest.popFirst(), upper >= low else { return nil }
                    high = upper
                }
                members.formUnion(low...high)
            }
            rest.removeFirst()
            let folded = Set(members.map(asciiFolded))
            return .character { folded.contains(asciiFolded($0)) != isNegated }
        }

        /// `[:alpha:]` and its like, inside brackets.
        private mutating func namedClass() -> [UInt8]? {
            for (name, members) in Self.classes where rest.starts(with: "[:\(name):]".utf8) {
                rest = rest.dropFirst(name.utf8.count + 4)
                return members
            }
            return nil
        }

        private static let classes: [(String, [UInt8])] = [
            ("alpha", Array(0x61...0x7a)), ("lower", Array(0x61...0x7a)), ("upper", Array(0x61...0x7a)),
            ("digit", Array(0x30...0x39)), ("alnum", Array(0x30...0x39) + Array(0x61...0x7a)),
            ("xdigit", Array(0x30...0x39) + Array(0x61...0x66)), ("space", [0x20] + Array(9...13)),
            ("punct", Array(0x21...0x2f) + Array(0x3a...0x40) + Array(0x5b...0x60) + Array(0x7b...0x7e)),
        ]
    }
}
