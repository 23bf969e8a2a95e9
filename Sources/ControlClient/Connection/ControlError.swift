package import Configuration
internal import Glibc
package import VICI

/// Why a command of a control tool failed.
package enum ControlError: Error, Equatable, Sendable {
    /// The command line cannot be understood; how it is written follows on the terminal.
    case usage(String)
    /// The daemon's socket cannot be reached.
    case connect(uri: String, errno: Int32)
    /// A `--uri` that names no socket we speak to.
    case unsupportedURI(String, reason: String)
    /// Reading or writing the socket failed.
    case socket(errno: Int32)
    /// The daemon closed the connection before it answered.
    case disconnected
    /// The daemon sent what VICI does not allow.
    case protocolViolation(VICIError)
    /// A request does not fit into VICI: a name, a value or all of it is too long.
    case unsendable(VICIError)
    /// The daemon has no such command.
    case unknownCommand(String)
    /// The daemon has no such event.
    case unknownEvent(String)
    /// The daemon answered that the command failed.
    case refused(command: String, reason: String)
    /// A configuration file is wrong.
    case configuration(ConfigurationError)
    /// A file cannot be read.
    case file(path: String, errno: Int32)
    /// Something in a configuration cannot be used.
    case unusable(String)
    /// Parts of a configuration were refused; each was reported when it happened.
    case incomplete(String)

    /// What a script sees: 1 for usage and refusals, otherwise the errno that fits.
    package var exitCode: Int32 {
        switch self {
        case .usage, .refused: 1
        case .connect(_, let code), .socket(let code): code == 0 ? 1 : code
        case .unsupportedURI, .configuration, .file, .unusable, .incomplete: EINVAL
        case .disconnected: ECONNRESET
        case .protocolViolation: EBADMSG
        case .unsendable: EMSGSIZE
        case .unknownCommand, .unknownEvent: ENOENT
        }
    }
}

extension ControlError: CustomStringConvertible {
    /// One line for the terminal.
    package var description: String {
        switch self {
        case .usage(let problem): "Error: \(problem)"
        case .connect(let uri, let code): "connecting to '\(uri)' failed: \(systemMessage(code))"
        case .unsupportedURI(let uri, let reason): "cannot use URI '\(uri)': \(reason)"
        case .socket(let code): "talking to the daemon failed: \(systemMessage(code))"
        case .disconnected: "the daemon closed the connection"
        case .protocolViolation(let error): "the daemon broke the protocol: \(error)"
        case .unsendable(let error): "the request cannot be sent: \(reason(error))"
        case .unknownCommand(let name): "the daemon does not know the command '\(name)'"
        case .unknownEvent(let name): "the daemon does not know the event '\(name)'"
        case .refused(let command, let reason): "\(command) failed: \(reason)"
        case .configuration(let error): "\(error)"
        case .file(let path, let code): "reading '\(path)' failed: \(systemMessage(code))"
        case .unusable(let problem), .incomplete(let problem): problem
        }
    }
}

/// Why a request does not fit, in words.
private func reason(_ error: VICIError) -> String {
    switch error {
    case .nameTooLong(let name, let length):
        "the name '\(name)' has \(length) bytes, \(VICILimits.nameBytes) are possible"
    case .valueTooLong(let name, let length):
        "the value of '\(name)' has \(length) bytes, \(VICILimits.valueBytes) are possible"
    case .packetTooLong(let length, let limit): "it has \(length) bytes, \(limit) are possible"
    default: "\(error)"
    }
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
}
