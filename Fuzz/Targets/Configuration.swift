// Text as ipsec.conf, ipsec.secrets, swanctl.conf and swand.conf.

import Configuration
import IPsecModel

/// One file under every name: what includes anything includes itself, which must end as well.
struct OneFile: ConfigurationFiles {
    var text: [UInt8]

    func read(_ path: String) throws(FileFailure) -> [UInt8] {
        guard path.hasSuffix("main") else { throw FileFailure("No such file or directory") }
        return text
    }

    func glob(_ pattern: String) -> [String] { pattern.hasSuffix("main") ? [pattern] : [] }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let first = input.first else { return 0 }
    let files = OneFile(text: Array(input[1...]))
    let environment = ConfigurationEnvironment(isLocal: { $0 == IPAddress(v4: 0xc000_0201) })
    switch first % 4 {
    case 0: _ = IPsecConfiguration.load(path: "/main", files: files, environment: environment)
    case 1: _ = IPsecSecrets.load(path: "/main", files: files, environment: environment)
    case 2: connections(files, environment)
    default: _ = DaemonSettings.load(path: "/main", files: files)
    }
    return 0
}

func connections(_ files: OneFile, _ environment: ConfigurationEnvironment) {
    guard let root = try? SettingsParser.parse(path: "/main", files: files) else { return }
    let loader = ConnectionLoader(environment: environment, files: files)
    for section in root.section("connections")?.sections ?? [] {
        _ = try? loader.load(name: section.name, ConfigurationNode(section))
    }
}
