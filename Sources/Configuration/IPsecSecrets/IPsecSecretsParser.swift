import CryptoInterface
import IPsecModel

/// Reads ipsec.secrets.
///
///     [owner …] : PSK "text" | 0xHEX | 0sBASE64
///     [owner …] : EAP | XAUTH "password"
///     owner …   : NTLM 0xHASH
///               : RSA | ECDSA | PKCS8 | P12 <file> ["passphrase"]
///     include <pattern>
struct IPsecSecretsParser {
    private let files: any ConfigurationFiles
    private let environment: ConfigurationEnvironment
    private let directories: IPsecDirectories
    private(set) var result = IPsecSecrets()
    private var includedFiles = 0

    private static let types = ["PSK", "RSA", "ECDSA", "PKCS8", "P12", "EAP", "XAUTH", "NTLM", "PIN"]

    init(files: any ConfigurationFiles, environment: ConfigurationEnvironment, directories: IPsecDirectories) {
        self.files = files
        self.environment = environment
        self.directories = directories
    }

    mutating func readFile(_ path: String, from location: SourceLocation, depth: Int) {
        do throws(FileFailure) {
            var bytes = try files.read(path)
            defer { wipe(&bytes) }
            warnIfExposed(path, at: SourceLocation(file: path, line: 1, column: 1))
            for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
                readLine(line, at: SourceLocation(file: path, line: index + 1, column: 1), depth: depth)
            }
        } catch {
            report(.error, location, "\(path) cannot be read: \(error.reason)")
        }
    }

    private mutating func warnIfExposed(_ path: String, at location: SourceLocation) {
        guard files.isExposed(path) else { return }
        report(.warning, location, "everybody on this machine can read or change \(path)", "chmod 600 \(path)")
    }

    private mutating func readLine(_ line: ArraySlice<UInt8>, at location: SourceLocation, depth: Int) {
        let words: [IPsecSecretsLine.Word]
        do throws(IPsecSecretsLine.UnterminatedQuote) {
            words = try IPsecSecretsLine.words(line)
        } catch {
            report(
                .error, location.column(error.column), "the quotation mark is never closed",
                "a secret ends on its own line")
            return
        }
        guard let first = words.first else { return }
        if first.isPlain("include") {
            include(words.dropFirst().map(\.text), at: location.column(first.column), depth: depth)
        } else if first.isPlain("}") {
            return  // the end of a key in the format of FreeS/WAN, whose beginning was reported
        } else {
            readEntry(words, at: location)
        }
    }

    private mutating func include(_ patterns: [String], at location: SourceLocation, depth: Int) {
        guard depth < IPsecDirectories.maximumIncludeDepth else {
            report(.error, location, "includes are nested more than \(IPsecDirectories.maximumIncludeDepth) deep")
            return
        }
        guard patterns.count == 1 else {
            report(.error, location, "'include' wants one pattern")
            return
        }
        let pattern = IPsecDirectories.path(patterns[0], in: IPsecDirectories.folder(of: location.file))
        let paths = files.glob(pattern)
        if paths.isEmpty { report(.warning, location, "no file matches '\(pattern)'") }
        for path in paths {
            includedFiles += 1
            guard includedFiles <= IPsecDirectories.maximumIncludedFiles else {
                return report(.error, location, "too many files are included")
            }
            readFile(path, from: location, depth: depth + 1)
        }
    }

    private mutating func readEntry(_ words: [IPsecSecretsLine.Word], at line: SourceLocation) {
        let words = Self.separateColon(words)
        guard let colon = words.firstIndex(where: { $0.isPlain(":") }) else {
            let glued = words.contains { !$0.isQuoted && $0.bytes.last == UInt8(ascii: ":") }
            report(
                .error, line.column(words[0].column), "the line has no ':' between owners and secret",
                glued ? "put blanks around the ':'" : "write 'owner : PSK \"secret\"'")
            return
        }
        guard colon + 1 < words.count else {
            report(.error, line.column(words[colon].column), "nothing follows the ':'", "write ': PSK \"secret\"'")
            return
        }
        let type = words[colon + 1]
        let location = line.column(type.column)
        guard let owners = owners(words[..<colon], line: line) else { return }
        let rest = Array(words[(colon + 2)...])
        guard let kind = kind(type.text.uppercased(), rest, at: location, line: line) else { return }
        result.secrets.append(IPsecSecret(kind: kind, owners: owners, location: location))
    }

    /// `:PSK` at the beginning of a line is `: PSK`.
    private static func separateColon(_ words: [IPsecSecretsLine.Word]) -> [IPsecSecretsLine.Word] {
        guard let first = words.first, !first.isQuoted, first.bytes.first == UInt8(ascii: ":"), first.bytes.count > 1,
            types.contains(String(decoding: first.bytes.dropFirst(), as: UTF8.self).uppercased())
        else { return words }
        var (colon, rest) = (first, first)
        colon.bytes = first.bytes.prefix(1)
        rest.bytes = first.bytes.dropFirst()
        rest.column += 1
        return [colon, rest] + words.dropFirst()
    }

    private mutating func owners(
        _ words: ArraySlice<IPsecSecretsLine.Word>, line: SourceLocation
    ) -> [Identification]? {
        var owners: [Identification] = []
        for word in words {
            guard let owner = environment.identify(word.text) else {
                report(.error, line.column(word.column), "'\(word.text)' is no identity", "quote it if it has blanks")
                return nil
            }
            owners.append(owner)
        }
        return owners
    }

    private mutating func kind(
        _ type: String, _ words: [IPsecSecretsLine.Word], at location: SourceLocation, line: SourceLocation
    ) -> IPsecSecret.Kind? {
        switch type {
        case "PSK": return secret(words, type, at: location, line).map { .preShared($0) }
        case "EAP": return secret(words, type, at: location, line).map { .password($0, .eap) }
        case "XAUTH": return secret(words, type, at: location, line).map { .password($0, .xauth) }
        case "NTLM":
            guard let hash = secret(words, type, at: location, line) else { return nil }
            guard hash.count == 16 else {
                report(
                    .error, location, "an NTLM hash has 16 octets, this one has \(hash.count)", "write 0x and 32 digits"
                )
                return nil
            }
            return .ntlmHash(hash)
        case "RSA", "ECDSA", "PKCS8":
            return keyFile(words, IPsecSecret.KeyType(rawValue: type) ?? .any, at: location, line).map {
                .privateKey($0)
            }
        case "P12": return keyFile(words, .any, at: location, line).map { .container($0) }
        case "PIN":
            report(.error, location, "'PIN' is for tokens, and tokens are not offered", "keep the key in a file")
            return nil
        default:
            report(
                .error, location, "'\(type)' is no kind of secret",
                closestName(to: type, among: Self.types).map { "did you mean '\($0)'?" }
                    ?? "kinds are \(Self.types.joined(separator: ", "))")
            return nil
        }
    }

    private mutating func secret(
        _ words: [IPsecSecretsLine.Word], _ type: String, at location: SourceLocation, _ line: SourceLocation
    ) -> SecretBytes? {
        guard let word = words.first, words.count == 1 else {
            report(
                .error, words.dropFirst().first.map { line.column($0.column) } ?? location,
                words.isEmpty ? "'\(type)' has no secret" : "'\(type)' has more than one secret",
                words.isEmpty ? "write \(type) \"secret\"" : "quote a secret that has blanks")
            return nil
        }
        return value(word, line)
    }

    /// A quoted word as it is; `0x` and `0s` decoded. `%prompt` cannot be answered by a daemon.
    private mutating func value(_ word: IPsecSecretsLine.Word, _ line: SourceLocation) -> SecretBytes? {
        let location = line.column(word.column)
        guard !word.isQuoted else { return SecretBytes(copying: Array(word.bytes)) }
        if word.isPlain("%prompt") {
            report(
                .error, location, "'%prompt' wants somebody to type the secret, and the daemon has no terminal",
                "write the secret, or load it with 'swanctl --load-creds'")
            return nil
        }
        let prefix = String(decoding: word.bytes.prefix(2), as: UTF8.self).lowercased()
        guard prefix == "0x" || prefix == "0s" else { return SecretBytes(copying: Array(word.bytes)) }
        guard let bytes = EncodedText.bytes(word.text) else {
            let isHex = prefix == "0x"
            report(.error, location, isHex ? "the secret is not hexadecimal" : "the secret is not base64")
            return nil
        }
        return SecretBytes(copying: bytes)
    }

    private mutating func keyFile(
        _ words: [IPsecSecretsLine.Word], _ type: IPsecSecret.KeyType, at location: SourceLocation,
        _ line: SourceLocation
    ) -> IPsecSecret.KeyFile? {
        guard let name = words.first, words.count <= 2 else {
            report(
                .error, location, words.isEmpty ? "no file is named" : "there is more than a file and its passphrase")
            return nil
        }
        if name.isPlain("{") {
            report(
                .error, line.column(name.column), "a key inside the file is not offered",
                "convert it to PEM, and write its file name here")
            return nil
        }
        var passphrase: SecretBytes?
        if words.count == 2 {
            passphrase = value(words[1], line)
            if passphrase == nil { return nil }
        }
        let path = IPsecDirectories.path(name.text, in: directories.privateKeys)
        do throws(FileFailure) {
            var bytes = try files.read(path)
            defer { wipe(&bytes) }
            warnIfExposed(path, at: line.column(name.column))
            let contents = SecretBytes(copying: bytes)
            return IPsecSecret.KeyFile(path: path, type: type, contents: contents, passphrase: passphrase)
        } catch {
            report(.warning, line.column(name.column), "\(path) cannot be read: \(error.reason)")
            return nil
        }
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ location: SourceLocation, _ message: String, _ suggestion: String? = nil
    ) {
        result.diagnostics.append(
            Diagnostic(severity, ConfigurationError(location: location, message: message, suggestion: suggestion)))
    }
}

extension SourceLocation {
    /// Another column of the same line.
    fileprivate func column(_ column: Int) -> SourceLocation {
        SourceLocation(file: file, line: line, column: column)
    }
}
