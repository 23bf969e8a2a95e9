// Builders append; they do not replace an element of the same name, because VICI allows repetition and readers take
// the first one.
extension VICIMessage {
    /// Appends a text value.
    package mutating func set(_ name: String, _ text: String) {
        elements.append(.value(name: name, bytes: Array(text.utf8)))
    }

    /// Appends a text value when there is one.
    package mutating func set(_ name: String, ifPresent text: String?) {
        if let text { set(name, text) }
    }

    /// Appends a number in decimal digits.
    package mutating func set(_ name: String, _ number: some BinaryInteger) {
        set(name, String(number))
    }

    /// Appends `yes` or `no`.
    package mutating func set(_ name: String, _ flag: Bool) {
        set(name, flag ? "yes" : "no")
    }

    /// Appends a binary value.
    package mutating func set(_ name: String, bytes: [UInt8]) {
        elements.append(.value(name: name, bytes: bytes))
    }

    /// Appends a list of texts.
    package mutating func list(_ name: String, _ items: [String]) {
        elements.append(.list(name: name, items: items.map { Array($0.utf8) }))
    }

    /// Appends a list of binary values.
    package mutating func list(_ name: String, bytes items: [[UInt8]]) {
        elements.append(.list(name: name, items: items))
    }

    /// Appends a section that `build` fills.
    package mutating func section<Failure: Error>(
        _ name: String, _ build: (inout VICIMessage) throws(Failure) -> Void
    ) throws(Failure) {
        var content = VICIMessage()
        try build(&content)
        section(name, content)
    }

    /// Appends a section with this content.
    package mutating func section(_ name: String, _ content: VICIMessage) {
        elements.append(.section(name: name, elements: content.elements))
    }
}

extension VICIMessage {
    /// The answer of commands that only succeed: `success = yes`.
    package static var success: VICIMessage {
        var message = VICIMessage()
        message.set("success", true)
        return message
    }

    /// The answer of a command that failed: `success = no` and why.
    package static func failure(_ reason: String) -> VICIMessage {
        var message = VICIMessage()
        message.set("success", false)
        message.set("errmsg", reason)
        return message
    }
}
