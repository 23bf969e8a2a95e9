import IKESA
import IPsecModel
import Testing
import Transport

@testable import SwandDaemon

@Suite("Updown scripts")
struct UpdownTests {
    private func call(_ script: String, up: Bool = true) -> UpdownCall {
        UpdownCall(
            script: script, up: up, ike: Samples.ikeSA(), child: Samples.childSA(),
            localSelector: TrafficSelector(network: Samples.address("10.1.0.0"), prefix: 16),
            remoteSelector: TrafficSelector(
                network: Samples.address("10.2.0.0"), prefix: 16, ipProtocol: 6, startPort: 80, endPort: 80),
            isHost: false, interface: "eth0", hostAccess: true, virtualIPs: [Samples.address("10.9.0.1")])
    }

    @Test("get the PLUTO_ variables")
    func environment() {
        let list = UpdownEnvironment.variables(for: call("true"))
        for expected in [
            "PLUTO_VERSION=1.1", "PLUTO_VERB=up-client", "PLUTO_CONNECTION=net", "PLUTO_INTERFACE=eth0",
            "PLUTO_REQID=5", "PLUTO_PROTO=esp", "PLUTO_UNIQUEID=1", "PLUTO_ME=192.0.2.1", "PLUTO_MY_CLIENT=10.1.0.0/16",
            "PLUTO_MY_PORT=0", "PLUTO_MY_PROTOCOL=0", "PLUTO_MY_SOURCEIP=10.9.0.1", "PLUTO_MY_SOURCEIP4_1=10.9.0.1",
            "PLUTO_PEER=198.51.100.2", "PLUTO_PEER_CLIENT=10.2.0.0/16", "PLUTO_PEER_PORT=80", "PLUTO_PEER_PROTOCOL=6",
            "PLUTO_MARK_IN=66/0x000000ff", "PLUTO_UDP_ENC=1024", "PLUTO_HOST_ACCESS=1",
        ] {
            #expect(list.contains(expected), "\(expected) is missing")
        }
        #expect(!list.contains { $0.hasPrefix("PLUTO_IPCOMP") })
    }

    /// A sink for what scripts print.
    private final class Lines: LogSink {
        let levels = LogLevels(all: 1)
        var texts: [String] = []
        func write(_ line: LogLine, at time: WallTime) { texts.append(line.text) }
    }

    @Test("run one after the other, and what they print is logged")
    func running() throws {
        let loop = try EventLoop()
        let hub = LogHub()
        let lines = Lines()
        hub.add(lines)
        let runner = UpdownRunner(loop: loop, log: hub)
        runner.run(call("echo first $PLUTO_VERB; echo error >&2; exit 3"))
        // The CHILD_SA that follows it waits for its script, too.
        var successor = call("printf second", up: false)
        successor.child.uniqueID += 1
        runner.run(successor)
        let poll = loop.makeTimer { _ in }
        while !runner.isIdle {
            poll.deadline = MonotonicClock.now() + .milliseconds(2)
            loop.turn(wait: true)
            runner.reap()
        }
        #expect(
            lines.texts == [
                "updown: first up-client", "updown: error", "updown script failed with exit code 3", "updown: second",
            ])
    }
}
