import Glibc
import Testing

@testable import ControlClient

@Suite("The control socket")
struct UnixChannelTests {
    @Test("carries bytes both ways, knows its daemon and sees it close")
    func bothWays() throws {
        let folder = TemporaryFolder()
        let address = ControlAddress(path: folder.path + "/socket")
        let listener = try Self.listen(at: address.path)
        defer {
            close(listener)
            unlink(address.path)
        }

        // The connection waits in the listener's queue until it is accepted below.
        let channel = try UnixChannel(to: address)
        let server = accept(listener, nil, nil)
        try channel.send([1, 2, 3])
        var received = [UInt8](repeating: 0, count: 8)
        #expect(read(server, &received, 8) == 3)
        #expect(received.prefix(3) == [1, 2, 3])
        #expect(write(server, [9, 8] as [UInt8], 2) == 2)
        #expect(try channel.receive() == [9, 8])
        #expect(try channel.peerProcess == getpid())
        close(server)
        #expect(try channel.receive() == [])
        #expect(throws: ControlError.socket(errno: EPIPE)) { try channel.send([1]) }
    }

    @Test("that nobody listens on is an error with the system's reason")
    func nobody() {
        let address = ControlAddress(path: "/nonexistent/socket")
        #expect(throws: ControlError.connect(uri: address.uri, errno: ENOENT)) { try UnixChannel(to: address) }
    }

    private static func listen(at path: String) throws -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && Glibc.listen(listener, 1) == 0)
        return listener
    }
}
