extension IpsecCommand {
    /// start, restart, stop.
    static let service = [
        IpsecCommand("start", parameters: "[daemon options]") { (context) throws(ControlError) in
            guard !context.isRunning else {
                context.output.print("swand is already running -- skipping daemon start")
                return 0
            }
            return try start(context)
        },
        IpsecCommand("restart", parameters: "[daemon options]") { (context) throws(ControlError) in
            if context.isRunning { _ = try stop(context) }
            return try start(context)
        },
        IpsecCommand("stop") { (context) throws(ControlError) in
            guard context.isRunning else {
                context.output.print("Stopping swand IPsec failed: swand is not running")
                return 0
            }
            return try stop(context)
        },
    ]

    private static func start(_ context: IpsecContext) throws(ControlError) -> Int32 {
        context.output.print("Starting swand IPsec \(Swanctl.version)...")
        context.output.flush()
        try context.service.start(context.arguments)
        return 0
    }

    private static func stop(_ context: IpsecContext) throws(ControlError) -> Int32 {
        context.output.print("Stopping swand IPsec...")
        context.output.flush()
        try context.service.stop()
        return 0
    }
}
