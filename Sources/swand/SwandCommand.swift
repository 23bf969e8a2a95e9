import ArgumentParser
import SwandDaemon

/// The command line of the daemon.
struct SwandCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swand",
        abstract: "IKE daemon: negotiates IPsec SAs with peers and installs them into the kernel.",
        discussion: """
            Runs in the foreground. Reads daemon settings, ipsec.conf and ipsec.secrets, and listens for control \
            clients such as swanctl. SIGHUP reads all files anew; SIGTERM closes all SAs and ends the daemon.
            """,
        version: "swand \(Version.current)")

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Daemon settings. Without it: /etc/swand.conf, else $STRONGSWAN_CONF, else /etc/strongswan.conf.",
            valueName: "file"))
    var config: String?

    @Option(name: .long, help: ArgumentHelp("Connections.", valueName: "file"))
    var ipsecConf = "/etc/ipsec.conf"

    @Option(name: .long, help: ArgumentHelp("Secrets of the connections in ipsec.conf.", valueName: "file"))
    var ipsecSecrets = "/etc/ipsec.secrets"

    @Flag(name: .long, help: "Do not read ipsec.conf and ipsec.secrets; connections come from control clients only.")
    var noIpsecConf = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Unix socket for control clients. Without it: plugins.vici.socket, else /run/charon.vici.",
            valueName: "path"))
    var viciSocket: String?

    @Option(name: .long, help: ArgumentHelp("File with the process number; empty for none.", valueName: "file"))
    var pidFile = "/run/swand.pid"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where SAs are installed: xfrm, the kernel's IPsec, or stand-in, which protects no packet.",
            valueName: "kind"))
    var kernel: DaemonOptions.KernelChoice = .xfrm

    @Option(
        name: .long,
        help: ArgumentHelp("List of what is installed in the kernel, for cleaning up after a crash.", valueName: "file")
    )
    var kernelState = "/run/swand/kernel.state"

    @Option(
        name: .long, help: ArgumentHelp("UDP port of IKE. Without it: the setting port, else 500.", valueName: "port"))
    var port: UInt16?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "UDP port of IKE and ESP behind NAT. Without it: the setting port_nat_t, else 4500.", valueName: "port"))
    var natPort: UInt16?

    // Unconditional: -1 is a level, not an option.
    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("Level of all log groups, -1 (silent) to 4.", valueName: "level"))
    var logLevel: LevelArgument?

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp("Level of one log group; may be repeated.", valueName: "group=level"))
    var log: [GroupLevelArgument] = []

    @Flag(name: .long, help: "Read the configuration, say what is wrong with it, and exit: 0 fine, 1 with errors.")
    var check = false

    func run() throws {
        let options = options
        let status = check ? DaemonProcess.check(options) : DaemonProcess.run(options)
        guard status == 0 else { throw ExitCode(status) }
    }

    private var options: DaemonOptions {
        var options = DaemonOptions()
        options.settingsPath = config
        options.ipsecConfPath = ipsecConf
        options.ipsecSecretsPath = ipsecSecrets
        options.readsIPsecConf = !noIpsecConf
        options.viciSocket = viciSocket
        options.pidFile = pidFile
        options.kernel = kernel
        options.kernelState = kernelState
        options.port = port
        options.natPort = natPort
        options.logLevel = logLevel?.level
        for item in log { options.groupLevels[item.group] = item.level }
        return options
    }
}
