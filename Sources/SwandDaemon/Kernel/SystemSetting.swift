private import Glibc

/// Values below /proc/sys.
package enum SystemSetting {
    /// Writes a value; the `errno` of the failure, 0 if there was none.
    package static func write(_ value: String, to path: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var value = value
        return value.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count ? 0 : errno }
    }
}
