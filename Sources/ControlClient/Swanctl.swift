/// The `swanctl` command line.
package struct Swanctl {
    /// Version of the tool.
    package static let version = "0.1.0"

    private let output: any CommandOutput
    private let folders: SwanctlFolders
    private let connect: (ControlAddress) throws(ControlError) -> any ControlChannel

    /// - Parameters:
    ///   - folder: holds `swanctl.conf`, certificates and keys; nil for `SWANCTL_DIR` or `/etc/swanctl`.
    ///   - connect: opens the daemon's socket; tests pass a scripted daemon.
    package init(
        output: any CommandOutput, folder: String? = nil,
        connect: @escaping (ControlAddress) throws(ControlError) -> any ControlChannel = {
            (address) throws(ControlError) in try UnixChannel(to: address)
        }
    ) {
        self.output = output
        folders = folder.map { SwanctlFolders(root: $0) } ?? SwanctlFolders()
        self.connect = connect
    }

    /// All commands, in the order of the help.
    static let commands: [Command] = [
        .counters, .initiate, .terminate, .rekey, .redirect, .uninstall, .install,
        .listSAs, .monitorSA, .listPolicies, .listAuthorities, .listConnections, .listCertificates, .listPools,
        .listAlgorithms, .flushCertificates, .loadAll, .loadAuthorities, .loadConnections, .loadCredentials,
        .loadPools, .log, .version, .stats, .reloadSettings,
    ]

    /// Runs one command line.
    ///
    /// - Parameter arguments: without the program's name.
    /// - Returns: 0, or what ``ControlError/exitCode`` says.
    package func run(_ arguments: [String]) -> Int32 {
        defer { output.flush() }
        guard let first = arguments.first, first != "--help", first != "-h" else {
            output.print(overview().joined(separator: "\n"))
            return 0
        }
        let command: Command
        do {
            command = try self.command(named: first)
        } catch {
            output.complain("\(error)")
            overview().forEach(output.complain)
            return error.exitCode
        }
        return run(command, Array(arguments.dropFirst()))
    }

    private func run(_ command: Command, _ arguments: [String]) -> Int32 {
        do {
            let options = try OptionParser(command.allOptions).parse(OptionsFile.expand(arguments))
            if options.has("help") {
                help(for: command).forEach(output.print)
                return 0
            }
            return try command.run(CommandContext(options: options, output: output, folders: folders, connect: connect))
        } catch {
            output.complain("\(error)")
            if case .usage = error { help(for: command).forEach(output.complain) }
            return error.exitCode
        }
    }

    private func command(named word: String) throws(ControlError) -> Command {
        if word.hasPrefix("--"), word.count > 2 {
            return try OptionParser.match(word.dropFirst(2), in: Swanctl.commands) { $0.name }
        }
        guard word.count == 2, word.hasPrefix("-"), let letter = word.last,
            let command = Swanctl.commands.first(where: { $0.letters.contains(letter) })
        else { throw .usage("unknown command '\(word)'") }
        return command
    }

    private func overview() -> [String] {
        let width = (Swanctl.commands.map(\.name.count).max() ?? 0) + 1
        let entries =
            Swanctl.commands.map { ($0.name, $0.letters.first, $0.summary) }
            + [("help", "h", "show usage information")]
        return ["swand swanctl \(Swanctl.version)", "usage:"]
            + entries.map { name, letter, summary in
                "  swanctl --\(DisplayText.left(name, width))(-\(letter.map(String.init) ?? ""))  \(summary)"
            }
    }

    private func help(for command: Command) -> [String] {
        let usage = command.usage.isEmpty ? [""] : command.usage
        let lines = usage.enumerated().map { index, text in
            index == 0 ? "  swanctl --\(command.name) \(text)" : "                 \(text)"
        }
        let options = command.allOptions.map { option in
            let letter = option.letter == CommandOption.noLetter ? "    " : "(-\(option.letter))"
            return "           --\(DisplayText.left(option.name, 16))\(letter)  \(option.help)"
        }
        return ["usage:"] + lines + options
    }
}
