/// Where `swanctl` finds its files.
struct SwanctlFolders {
    /// `SWANCTL_DIR`, or `/etc/swanctl`.
    let root: String

    init(root: String = FileSystem.environment("SWANCTL_DIR") ?? "/etc/swanctl") {
        self.root = root
    }

    var configuration: String { root + "/swanctl.conf" }

    func folder(_ name: String) -> String { root + "/" + name }
}
