import Configuration
import VICI

/// Turns sections of `swanctl.conf` into messages.
enum SettingsMessage {
    /// Keys whose values are lists separated by commas.
    private static let lists: Set<String> = [
        "local_addrs", "remote_addrs", "proposals", "esp_proposals", "ah_proposals", "local_ts", "remote_ts", "vips",
        "pools", "groups", "cert_policy",
    ]
    /// Keys that list files, and the folder of the files. The message carries the files' content.
    private static let files = ["certs": "x509", "cacerts": "x509ca", "pubkeys": "pubkey"]

    /// A connection as `load-conn` wants it.
    static func connection(
        _ section: SettingsSection, folders: SwanctlFolders
    ) throws(ControlError) -> VICIMessage {
        var message = VICIMessage()
        for (key, value) in section.values {
            if let folder = files[key] {
                message.list(key, bytes: try content(of: value, key: key, folder: folders.folder(folder)))
            } else if lists.contains(key) {
                message.list(key, items(value.text))
            } else {
                message.set(key, value.text)
            }
        }
        for inner in section.sections {
            message.section(inner.name, try connection(inner, folders: folders))
        }
        return message
    }

    /// A pool as `load-pool` wants it: addresses as one value, every other attribute as a list.
    static func pool(_ section: SettingsSection) -> VICIMessage {
        var message = VICIMessage()
        for (key, value) in section.values {
            if key == "addrs" {
                message.set(key, value.text)
            } else {
                message.list(key, items(value.text))
            }
        }
        return message
    }

    /// An authority as `load-authority` wants it: the certificate's content, lists of URIs.
    static func authority(
        _ section: SettingsSection, folders: SwanctlFolders
    ) throws(ControlError) -> VICIMessage {
        var message = VICIMessage()
        for (key, value) in section.values {
            switch key {
            case "cacert":
                let path = FileSystem.resolve(value.text, in: folders.folder("x509ca"))
                message.set(key, bytes: try read(path, at: value.location))
            case "crl_uris", "ocsp_uris": message.list(key, items(value.text))
            default: message.set(key, value.text)
            }
        }
        return message
    }

    /// Items between commas, without white space around them and without empty ones.
    static func items(_ text: String) -> [String] {
        text.split(separator: ",").map(trim).filter { !$0.isEmpty }
    }

    private static func content(
        of value: SettingsValue, key: String, folder: String
    ) throws(ControlError) -> [[UInt8]] {
        var contents: [[UInt8]] = []
        for name in items(value.text) {
            contents.append(try read(FileSystem.resolve(name, in: folder), at: value.location))
        }
        return contents
    }

    private static func read(_ path: String, at location: SourceLocation) throws(ControlError) -> [UInt8] {
        do {
            return try FileSystem.bytes(path)
        } catch {
            throw .configuration(ConfigurationError(location: location, message: "\(error)"))
        }
    }

    private static func trim(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
