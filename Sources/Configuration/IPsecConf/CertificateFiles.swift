/// Reads certificates that are named like files of `/etc/ipsec.d`.
struct CertificateFiles {
    let files: any ConfigurationFiles
    let folder: String
    private(set) var warnings: [String] = []

    init(files: any ConfigurationFiles, folder: String) {
        self.files = files
        self.folder = folder
    }

    /// DER of all certificates of a comma-separated list of files; what cannot be read becomes a warning.
    mutating func certificates(_ list: String) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for name in Value.list(list) {
            guard !name.hasPrefix("%smartcard") else {
                warnings.append("'\(name)' is on a token, and tokens are not offered")
                continue
            }
            result += certificates(inFile: IPsecDirectories.path(name, in: folder))
        }
        return result
    }

    mutating func certificates(inFile path: String) -> [[UInt8]] {
        guard let bytes = read(path) else { return [] }
        let found = Encoded.certificates(bytes)
        if found.isEmpty { warnings.append("\(path) holds no certificate") }
        return found
    }

    mutating func read(_ path: String) -> [UInt8]? {
        do throws(FileFailure) {
            return try files.read(path)
        } catch {
            warnings.append("\(path) cannot be read: \(error.reason)")
            return nil
        }
    }
}
