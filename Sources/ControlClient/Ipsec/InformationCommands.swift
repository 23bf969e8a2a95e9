internal import Glibc

extension IpsecCommand {
    /// Versions and folders.
    static let information = [
        IpsecCommand("--version", "version") { (context) throws(ControlError) in
            context.output.print("Linux swand U\(Swanctl.version)/K\(kernelRelease)")
            return 0
        },
        IpsecCommand("--versioncode") { (context) throws(ControlError) in
            context.output.print("U\(Swanctl.version)/K\(kernelRelease)")
            return 0
        },
        IpsecCommand("--directory") { (context) throws(ControlError) in
            context.output.print(FileSystem.folder(of: ChildProcess.ownPath))
            return 0
        },
        IpsecCommand("--confdir") { (context) throws(ControlError) in
            context.output.print("/etc")
            return 0
        },
        IpsecCommand("--piddir") { (context) throws(ControlError) in
            context.output.print("/run")
            return 0
        },
    ]

    private static var kernelRelease: String {
        var system = utsname()
        guard uname(&system) == 0 else { return "?" }
        return withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
