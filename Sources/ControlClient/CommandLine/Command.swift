/// A command of `swanctl`: how it is called and what it does.
struct Command: Sendable {
    /// The long name, without dashes.
    var name: String
    /// One-letter names; the first is shown in the help.
    var letters: [Character]
    /// What it does, in a few words.
    var summary: String
    /// What may follow the name; one string a line.
    var usage: [String]
    var options: [CommandOption]
    /// Does it; returns what a script sees.
    var run: @Sendable (CommandContext) throws(ControlError) -> Int32

    init(
        _ name: String, _ letters: [Character], _ summary: String, usage: [String] = ["[--raw|--pretty|--json]"],
        options: [CommandOption] = [], run: @escaping @Sendable (CommandContext) throws(ControlError) -> Int32
    ) {
        self.name = name
        self.letters = letters
        self.summary = summary
        self.usage = usage
        self.options = options
        self.run = run
    }

    /// The options of the command and those of every command.
    var allOptions: [CommandOption] { Command.shared(before: options) }

    private static func shared(before options: [CommandOption]) -> [CommandOption] {
        let common: [CommandOption] = [
            .flag("raw", "r", "dump raw response message"),
            .flag("pretty", "P", "dump raw response message in pretty print"),
            .flag("json", "j", "print the response as JSON"),
            .value("debug", "v", "accepted for compatibility"),
            .value("uri", "u", "service URI to connect to, default: \(ControlAddress.default.uri)"),
            .flag("help", "h", "show usage information"),
        ]
        // A command's own letter wins over a common one.
        let taken = Set(options.map(\.letter))
        return options
            + common.map { option in
                var option = option
                if taken.contains(option.letter) { option.letter = CommandOption.noLetter }
                return option
            }
    }
}

extension CommandOption {
    /// Stands for a letter that another option has taken; no argument contains it.
    static let noLetter: Character = "\0"
}
