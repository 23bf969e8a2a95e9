package import IKESA

/// What the command line says; `nil` and empty leave it to the settings and their defaults.
package struct DaemonOptions: Sendable {
    package enum KernelChoice: String, CaseIterable, Sendable {
        /// The kernel's own IPsec, over netlink.
        case xfrm
        /// Something that answers like a kernel and protects no packet; for tests and benchmarks.
        case standIn = "stand-in"
    }

    package var settingsPath: String?
    package var ipsecConfPath = "/etc/ipsec.conf"
    package var ipsecSecretsPath = "/etc/ipsec.secrets"
    /// Whether ipsec.conf and ipsec.secrets are read at all.
    package var readsIPsecConf = true
    package var viciSocket: String?
    package var pidFile = "/run/swand.pid"
    /// Where is written what was installed into the kernel, so that the next run finds what a crash left there; empty:
    /// nowhere.
    package var kernelState = "/run/swand/kernel.state"
    package var kernel = KernelChoice.xfrm
    package var port: UInt16?
    package var natPort: UInt16?
    /// Level of all groups on the standard error stream, and of single groups.
    package var logLevel: Int8?
    package var groupLevels: [LogGroup: Int8] = [:]

    package init() {}

    /// A log group, so that the executable needs not know where it comes from.
    package typealias Group = LogGroup

    /// The group of a name like `ike`.
    package static func group(_ name: String) -> Group? {
        LogGroup.allCases.first { $0.name == name.uppercased() }
    }

    /// A level from -1 to 4.
    package static func level(_ text: String) -> Int8? {
        Int8(text).flatMap { (-1...4).contains($0) ? $0 : nil }
    }
}
