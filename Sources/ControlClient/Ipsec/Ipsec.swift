/// The `ipsec` command line.
package struct Ipsec {
    /// Exit codes that scripts know.
    private enum Exit {
        static let usage: Int32 = 2
        static let notRunning: Int32 = 7
    }

    private let output: any CommandOutput
    private let service: any DaemonService
    private let connect: (ControlAddress) throws(ControlError) -> any ControlChannel

    /// - Parameters:
    ///   - service: starts and stops the daemon.
    ///   - connect: opens the daemon's socket; tests pass a scripted daemon.
    package init(
        output: any CommandOutput, service: any DaemonService,
        connect: @escaping (ControlAddress) throws(ControlError) -> any ControlChannel = {
            (address) throws(ControlError) in try UnixChannel(to: address)
        }
    ) {
        self.output = output
        self.service = service
        self.connect = connect
    }

    static let commands: [IpsecCommand] =
        IpsecCommand.service + IpsecCommand.connections + IpsecCommand.status + IpsecCommand.listings
        + IpsecCommand.reloading + IpsecCommand.information

    /// Commands of other programs that used to hide behind `ipsec`.
    private static let elsewhere: Set<String> = [
        "pki", "stroke", "pool", "conftest", "pt-tls-client", "duplicheck", "error-notify", "load-tester", "lookip",
        "whitelist", "attest", "aikgen", "_updown",
    ]

    /// Runs one command line.
    ///
    /// - Parameter arguments: without the program's name.
    /// - Returns: 0; 2 for usage, 7 when the daemon is not running (3 for `status`), 1 when the daemon refused.
    package func run(_ arguments: [String]) -> Int32 {
        defer { output.flush() }
        guard let name = arguments.first else {
            help().forEach(output.complain)
            return Exit.usage
        }
        if ["--help", "-h", "help"].contains(name) {
            help().forEach(output.print)
            return 0
        }
        guard let command = Ipsec.commands.first(where: { $0.names.contains(name) }) else {
            let isElsewhere = Ipsec.elsewhere.contains(name)
            output.complain("ipsec: \(isElsewhere ? "'\(name)' is not part of swand" : "unknown command '\(name)'")")
            output.complain("Try 'ipsec --help'.")
            return Exit.usage
        }
        return run(command, name: name, Array(arguments.dropFirst()))
    }

    private func run(_ command: IpsecCommand, name: String, _ arguments: [String]) -> Int32 {
        let context = IpsecContext(arguments: arguments, output: output, service: service, connect: connect)
        do {
            return try command.run(context)
        } catch .connect {
            output.complain("Command ipsec \(name) failed: swand is not running")
            return Exit.notRunning
        } catch .usage(let problem) {
            output.complain(problem)
            return Exit.usage
        } catch {
            output.complain("\(error)")
            return error.exitCode
        }
    }

    private func help() -> [String] {
        ["ipsec command [arguments]", "", "Commands:"]
            + Ipsec.commands.map { command in
                "        \(command.names[0])" + (command.parameters.isEmpty ? "" : " \(command.parameters)")
            }
    }
}
