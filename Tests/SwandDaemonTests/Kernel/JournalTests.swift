import Glibc
import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

@Suite("what a crashed run leaves behind")
struct JournalTests {
    private static func temporaryPath() -> String { "/tmp/swand-journal-\(getpid())-\(UInt64.random(in: 0 ... .max))" }

    static let entries: [KernelEntry] = [
        .state(
            XFRMStateID(
                destination: bob, spi: SPI(rawValue: 0xc123_4567), ipProtocol: .esp,
                mark: XFRMMark(value: 5, mask: 0xff))),
        .policy(
            XFRMPolicyKey(
                direction: .outbound,
                selector: XFRMSelector(
                    source: TrafficSelector(
                        network: aliceNet.start, prefix: 16, ipProtocol: 6, startPort: 80, endPort: 80),
                    destination: bobNet), mark: XFRMMark(value: 1, mask: 1), interfaceID: 4)),
        .route(Route(destination: IPAddress("fd00::")!, prefix: 64, table: 220)),
        .rule(RoutingRule(family: .v6, table: 220, priority: 220)),
        .device(name: "ipsec 0", id: 42),
    ]

    @Test("every entry is read as it was written", arguments: entries)
    func roundTrip(_ entry: KernelEntry) {
        #expect(KernelEntry(line: entry.line) == entry)
    }

    @Test("lines that nobody wrote are no entries", arguments: entries)
    func damaged(_ entry: KernelEntry) {
        let words = entry.line.split(separator: Character(" "))
        for count in 0..<words.count {
            #expect(KernelEntry(line: words.prefix(count).joined(separator: " ")) == nil)
        }
        #expect(KernelEntry(line: entry.line + " 1") == nil)
    }

    private func makeKernel(_ path: String, _ netlink: InMemoryNetlink) -> XFRMKernel {
        var settings = KernelSettings()
        settings.journalPath = path
        settings.sysctlRoot = "/nonexistent"
        return XFRMKernel(settings: settings, xfrm: netlink, route: InMemoryNetlink())
    }

    /// Installs and goes without taking back.
    private func crash(_ path: String, _ netlink: InMemoryNetlink) throws {
        let crashed = makeKernel(path, netlink)
        #expect(crashed.start() == 0)
        try crashed.add(outboundSA(1))
        try crashed.add(outboundSA(2))
        try crashed.add(outboundPolicy())
        try crashed.delete(outboundSA(2).identifier)
    }

    @Test("the next run removes what is left, and nothing else")
    func leftovers() throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let netlink = InMemoryNetlink()
        try crash(path, netlink)
        netlink.states.insert([1, 2, 3])  // somebody else's
        let next = makeKernel(path, netlink)
        // The SA, the policy, and two rules.
        #expect(next.start() == 4)
        #expect(netlink.states == [[1, 2, 3]])
        #expect(netlink.policies.isEmpty)
        next.stop()
        #expect(access(path, F_OK) != 0)
    }

    @Test("a run that is alive has left nothing behind")
    func alive() throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let netlink = InMemoryNetlink()
        let first = makeKernel(path, netlink)
        first.start()
        try first.add(outboundSA(1))
        let second = makeKernel(path, netlink)
        #expect(second.start() == 0)
        #expect(netlink.states.count == 1)
        second.stop()
        #expect(access(path, F_OK) == 0)
        first.stop()
        #expect(access(path, F_OK) != 0)
    }

    @Test("the file is written anew before it grows without end")
    func compaction() throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let kept = Self.entries[0]
        var journal: KernelJournal? = KernelJournal(path: path)
        #expect(journal?.open() == 0)
        journal?.liveEntries = { [kept] }
        journal?.add(kept)
        for _ in 0..<5000 {
            journal?.add(Self.entries[1])
            journal?.remove(Self.entries[1])
        }
        journal = nil
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_size < 600_000)
        #expect(KernelJournal(path: path).leftovers() == [kept])
    }
}
