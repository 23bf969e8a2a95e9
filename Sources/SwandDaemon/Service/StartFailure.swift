/// Why the daemon does not start; the text is for the administrator.
package struct StartFailure: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
