import Configuration
import Glibc
import SwandDaemon
import Testing

@Suite("What keeps secrets from others on the machine")
struct SecrecyTests {
    @Test("a file is exposed when others than its owner and group can read or change it", arguments: [
        (0o600, false), (0o640, false), (0o644, true), (0o602, true),
    ] as [(mode_t, Bool)])
    func exposure(mode: mode_t, isExposed: Bool) throws {
        var template = Array("/tmp/swand-secrets-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        try #require(fchmod(descriptor, mode) == 0)
        #expect(HostFiles().isExposed(path) == isExposed)
    }

    @Test("the memory of the process goes into no core dump")
    func memory() {
        #expect(DaemonProcess.hideMemory())
    }
}
