/// Names a control command while it runs; every log line that it causes carries it.
package struct CommandID: Hashable, Sendable, RawRepresentable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What an operator may ask of the engine.
package enum Command: Sendable {
    /// Bring up a CHILD_SA (`child`), or an IKE_SA without one (`ike` alone, RFC 6023).
    case initiate(child: String?, ike: String?)
    case terminate(SASelection, force: Bool)
    case rekey(SASelection, reauthenticate: Bool)
    /// Install the trap or shunt policies of a child configuration.
    case install(child: String, ike: String?)
    case uninstall(child: String, ike: String?)
}

extension Command: CustomStringConvertible {
    /// `terminate CHILD_SA 'net'`, as charon logs what its clients want.
    package var description: String {
        switch self {
        case .initiate(let child?, _): "initiate CHILD_SA '\(child)'"
        case .initiate(nil, let ike): "initiate IKE_SA '\(ike ?? "")'"
        case .terminate(let selection, _): "terminate \(selection)"
        case .rekey(let selection, let reauthenticate): "\(reauthenticate ? "reauthenticate" : "rekey") \(selection)"
        case .install(let child, _): "install '\(child)'"
        case .uninstall(let child, _): "uninstall '\(child)'"
        }
    }
}

/// Which SAs a command means: all that fit every given field. With a child field, CHILD_SAs are meant.
package struct SASelection: Sendable {
    package var ike: String?
    package var ikeID: UInt32?
    package var child: String?
    package var childID: UInt32?
    package init(ike: String? = nil, ikeID: UInt32? = nil, child: String? = nil, childID: UInt32? = nil) {
        self.ike = ike
        self.ikeID = ikeID
        self.child = child
        self.childID = childID
    }
    package var meansChildren: Bool { child != nil || childID != nil }
}

extension SASelection: CustomStringConvertible {
    package var description: String {
        let kind = meansChildren ? "CHILD_SA" : "IKE_SA"
        if let number = meansChildren ? childID : ikeID { return "\(kind) #\(number)" }
        return "\(kind) '\((meansChildren ? child : ike) ?? "")'"
    }
}

package enum CommandOutcome: Sendable, Equatable {
    /// `matches` SAs were meant, `done` of them are finished with.
    case success(matches: Int, done: Int)
    /// `reason` is a sentence for the operator.
    case failure(reason: String, matches: Int, done: Int)

    package static let done = CommandOutcome.success(matches: 1, done: 1)
    package static func failed(_ reason: String) -> CommandOutcome { .failure(reason: reason, matches: 0, done: 0) }
}
