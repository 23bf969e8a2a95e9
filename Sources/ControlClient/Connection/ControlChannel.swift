/// A byte stream to the daemon. Tests put a scripted daemon behind it.
package protocol ControlChannel: AnyObject {
    /// Writes all bytes.
    func send(_ bytes: [UInt8]) throws(ControlError)
    /// Waits for bytes; an empty array means that the daemon closed the stream.
    func receive() throws(ControlError) -> [UInt8]
}
