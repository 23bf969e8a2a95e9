extension IpsecCommand {
    /// status and statusall.
    static let status = [
        IpsecCommand("status", parameters: "[<connection>]") { (context) throws(ControlError) in
            try show(context, all: false)
        },
        IpsecCommand("statusall", "statusall-nb", parameters: "[<connection>]") { (context) throws(ControlError) in
            try show(context, all: true)
        },
    ]

    /// What init scripts expect of `status` when the service does not run.
    private static let notRunning: Int32 = 3

    private static func show(_ context: IpsecContext, all: Bool) throws(ControlError) -> Int32 {
        do {
            var report = try StatusReport(context, name: context.arguments.first)
            try report.lines(all: all).forEach(context.output.print)
            return 0
        } catch {
            guard case .connect = error else { throw error }
            context.output.complain("swand is not running")
            return notRunning
        }
    }
}
