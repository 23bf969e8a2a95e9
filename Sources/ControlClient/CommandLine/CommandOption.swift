/// An option that a command understands.
struct CommandOption: Sendable {
    /// The long name, without dashes.
    var name: String
    /// The one-letter name.
    var letter: Character
    /// True when a value follows.
    var takesValue: Bool
    /// What it does, in a few words.
    var help: String

    static func flag(_ name: String, _ letter: Character, _ help: String) -> CommandOption {
        CommandOption(name: name, letter: letter, takesValue: false, help: help)
    }

    static func value(_ name: String, _ letter: Character, _ help: String) -> CommandOption {
        CommandOption(name: name, letter: letter, takesValue: true, help: help)
    }
}

/// The options that a command line gave.
struct ParsedOptions: Sendable {
    private var values: [String: String] = [:]

    /// The value of an option; the last one wins.
    subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// The option as a number.
    ///
    /// - Throws: ``ControlError/usage(_:)`` when it is not one.
    func number(_ name: String) throws(ControlError) -> UInt32? {
        guard let text = values[name] else { return nil }
        guard let number = UInt32(text) else { throw .usage("--\(name) expects a number, not '\(text)'") }
        return number
    }
}
