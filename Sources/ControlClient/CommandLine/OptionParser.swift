/// Reads options as getopt_long does: `--name value`, `--name=value`, unambiguous beginnings of names, `-n value`,
/// `-nvalue`, and letters without values in one word.
struct OptionParser {
    private let options: [CommandOption]

    init(_ options: [CommandOption]) {
        self.options = options
    }

    /// - Throws: ``ControlError/usage(_:)``.
    func parse(_ arguments: [String]) throws(ControlError) -> ParsedOptions {
        var parsed = ParsedOptions()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument.hasPrefix("--"), argument.count > 2 {
                try parseLong(argument.dropFirst(2), rest: &rest, into: &parsed)
            } else if argument.hasPrefix("-"), argument.count > 1, argument != "--" {
                try parseLetters(argument.dropFirst(), rest: &rest, into: &parsed)
            } else {
                throw .usage("unexpected argument '\(argument)'")
            }
        }
        return parsed
    }

    /// The entry of a table that a long name means: the name itself, or the only one that begins so.
    static func match<Entry>(
        _ name: Substring, in entries: [Entry], named: (Entry) -> String
    ) throws(ControlError) -> Entry {
        if let exact = entries.first(where: { named($0) == name }) { return exact }
        let candidates = entries.filter { named($0).hasPrefix(name) }
        guard let only = candidates.first else { throw .usage("unknown option '--\(name)'") }
        guard candidates.count == 1 else {
            throw .usage(
                "option '--\(name)' is ambiguous: " + candidates.map { "--" + named($0) }.joined(separator: ", "))
        }
        return only
    }

    private func parseLong(
        _ word: Substring, rest: inout ArraySlice<String>, into parsed: inout ParsedOptions
    ) throws(ControlError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let option = try OptionParser.match(parts[0], in: options) { $0.name }
        switch (option.takesValue, parts.count) {
        case (true, 2): parsed[option.name] = String(parts[1])
        case (true, _): parsed[option.name] = try value(of: option, from: &rest)
        case (false, 1): parsed[option.name] = ""
        case (false, _): throw .usage("option '--\(option.name)' takes no value")
        }
    }

    private func parseLetters(
        _ letters: Substring, rest: inout ArraySlice<String>, into parsed: inout ParsedOptions
    ) throws(ControlError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.letter == letter }) else {
                throw .usage("unknown option '-\(letter)'")
            }
            guard option.takesValue else {
                parsed[option.name] = ""
                continue
            }
            parsed[option.name] = letters.isEmpty ? try value(of: option, from: &rest) : String(letters)
            return
        }
    }

    private func value(
        of option: CommandOption, from rest: inout ArraySlice<String>
    ) throws(ControlError) -> String {
        guard let value = rest.popFirst() else { throw .usage("option '--\(option.name)' needs a value") }
        return value
    }
}
