package import Configuration
private import Glibc

/// Reads the files of the configuration and puts nothing in force.
package struct ConfigurationReader {
    /// What ipsec.conf, ipsec.secrets and the folders beside them say.
    package struct Files {
        package var connections = IPsecConfiguration()
        package var secrets = IPsecSecrets()
        package var credentials = FileCredentials()

        package var diagnostics: [Diagnostic] { connections.diagnostics + secrets.diagnostics }
        package var hasErrors: Bool { connections.hasErrors || secrets.hasErrors }
    }

    private let options: DaemonOptions
    private let files: any ConfigurationFiles
    private let directories = IPsecDirectories()

    package init(options: DaemonOptions, files: any ConfigurationFiles) {
        self.options = options
        self.files = files
    }

    /// The file of the option, else /etc/swand.conf, else `$STRONGSWAN_CONF`, else /etc/strongswan.conf; where there is
    /// none, all defaults. Options of the command line win over the file.
    package func readSettings() -> LoadedDaemonSettings {
        var loaded = readSettingsFile()
        if let port = options.port { loaded.settings.port = port }
        if let port = options.natPort { loaded.settings.portNATT = port }
        if let path = options.viciSocket { loaded.settings.controlSocket = path }
        return loaded
    }

    private func readSettingsFile() -> LoadedDaemonSettings {
        if let path = options.settingsPath {
            return DaemonSettings.load(file: path, isOurs: !path.hasSuffix("strongswan.conf"), files: files)
        }
        let named = getenv("STRONGSWAN_CONF").map { String(cString: $0) } ?? ""
        return DaemonSettings.load(strongswan: named.isEmpty ? "/etc/strongswan.conf" : named, files: files)
    }

    /// Files that are missing are passed over, unless the command line names them.
    package func readFiles(_ environment: ConfigurationEnvironment) -> Files {
        var result = Files()
        guard options.readsIPsecConf else { return result }
        if isWanted(options.ipsecConfPath) {
            result.connections = IPsecConfiguration.load(
                path: options.ipsecConfPath, files: files, environment: environment, directories: directories)
            result.credentials.add(result.connections.authorities)
        }
        if isWanted(options.ipsecSecretsPath) {
            result.secrets = IPsecSecrets.load(
                path: options.ipsecSecretsPath, files: files, environment: environment, directories: directories)
            result.credentials.add(result.secrets.secrets)
        }
        result.credentials.readFolders(directories, files: files)
        return result
    }

    private func isWanted(_ path: String) -> Bool {
        let usual = DaemonOptions()
        let isUsual = path == usual.ipsecConfPath || path == usual.ipsecSecretsPath
        return !isUsual || !files.glob(path).isEmpty
    }
}
