extension Command {
    /// Shows the daemon's log until it is interrupted.
    static let log = Command("log", ["T"], "trace logging output") { (context) throws(ControlError) in
        try context.client().follow(["log"]) { _, line in
            if let format = context.format {
                context.show(line, label: "log", as: format)
            } else {
                let thread = line.shown("thread") ?? "0"
                let number = String(repeating: "0", count: max(0, 2 - thread.count)) + thread
                context.output.print("\(number)[\(line.shown("group") ?? "?")] \(line.shown("msg") ?? "")")
            }
            context.output.flush()
        }
        return 0
    }
}
