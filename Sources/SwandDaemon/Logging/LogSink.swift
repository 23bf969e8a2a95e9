package import IKESA

/// Somewhere that log lines go.
package protocol LogSink: AnyObject {
    /// What the sink wants to see; text that no sink wants is never built.
    var levels: LogLevels { get }
    /// Takes a line that ``levels`` admits. The text may have several lines of its own.
    func write(_ line: LogLine, at time: WallTime)
    /// Writes out what is buffered; called once a turn of the loop and before the end.
    func flush()
}

extension LogSink {
    package func flush() {}
}
