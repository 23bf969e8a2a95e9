/// A command of `ipsec`.
struct IpsecCommand: Sendable {
    /// Its names; the first is shown in the help.
    var names: [String]
    /// What follows the name in the help.
    var parameters: String
    var run: @Sendable (IpsecContext) throws(ControlError) -> Int32

    init(
        _ names: String..., parameters: String = "",
        run: @escaping @Sendable (IpsecContext) throws(ControlError) -> Int32
    ) {
        self.names = names
        self.parameters = parameters
        self.run = run
    }
}
