private import Glibc

/// A system call that failed: what was attempted, and `errno`.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was attempted, in the words of the log: `bind UDP socket to 0.0.0.0[500]`.
    package var action: String
    /// `errno`.
    package var code: Int32

    package init(_ action: String, code: Int32) {
        self.action = action
        self.code = code
    }

    /// The failure that the last system call of this thread left in `errno`.
    package static func last(_ action: String) -> SystemError { SystemError(action, code: errno) }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    /// The code for an address family that this machine does not have.
    package static let noSuchFamily: Int32 = EAFNOSUPPORT

    /// The system's sentence for `code`.
    package var reason: String { Self.reason(of: code) }

    package var description: String { "\(action) failed: \(reason)" }

    package static func reason(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        let text = buffer.withUnsafeMutableBufferPointer { room -> String? in
            guard let base = room.baseAddress, strerror_r(code, base, room.count) == 0 else { return nil }
            return String(cString: base)
        }
        return text ?? "error \(code)"
    }
}
