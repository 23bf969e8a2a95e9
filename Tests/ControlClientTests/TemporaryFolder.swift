import Glibc

/// A folder of files that is removed with this object.
final class TemporaryFolder {
    let path: String
    private var created: [String] = []
    private var folders: [String] = []

    init() {
        var template = Array("/tmp/swanctl-tests-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit {
        created.forEach { unlink($0) }
        folders.reversed().forEach { rmdir($0) }
        rmdir(path)
    }

    func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }

    func write(_ name: String, _ octets: [UInt8]) {
        if let slash = name.lastIndex(of: "/") {
            let folder = path + "/" + name[..<slash]
            if mkdir(folder, 0o700) == 0 { folders.append(folder) }
        }
        let file = path + "/" + name
        let handle = fopen(file, "w")
        fwrite(octets, 1, octets.count, handle)
        fclose(handle)
        created.append(file)
    }
}
