import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

/// Numbers that `ip xfrm policy` showed on a machine where charon 5.9.8 had installed the policies.
@Suite("policy priorities are charon's")
struct PolicyPriorityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var source: String
        var destination: String
        var ipProtocol: UInt8 = 0
        var sourcePorts: ClosedRange<UInt16> = 0...65535
        var destinationPorts: ClosedRange<UInt16> = 0...65535
        var policyClass = PolicyParameters.Class.established
        var interface: UInt32 = 0
        var expected: UInt32
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "two /16", source: "10.1.0.0/16", destination: "10.2.0.0/16", expected: 383_615),
        Case(name: "/16 and /24", source: "10.1.0.0/16", destination: "10.3.0.0/24", expected: 379_519),
        Case(name: "/32 and /16", source: "192.0.2.1/32", destination: "10.2.0.0/16", expected: 375_423),
        Case(name: "/32 and /24", source: "192.0.2.1/32", destination: "10.3.0.0/24", expected: 371_327),
        Case(name: "two hosts", source: "192.0.2.1/32", destination: "192.0.2.2/32", expected: 367_231),
        Case(name: "two IPv6 hosts", source: "fd00:1::1/128", destination: "fd00:1::2/128", expected: 268_927),
        Case(name: "everything", source: "0.0.0.0/0", destination: "0.0.0.0/0", expected: 399_999),
        Case(
            name: "a trap", source: "10.1.0.0/16", destination: "10.2.0.0/16", policyClass: .routed,
            expected: 383_616),
        Case(
            name: "TCP", source: "10.1.0.0/16", destination: "10.2.0.0/16", ipProtocol: 6, expected: 383_359),
        Case(
            name: "TCP port 80", source: "10.1.0.0/16", destination: "10.2.0.0/16", ipProtocol: 6,
            sourcePorts: 80...80, expected: 383_295),
        Case(
            name: "ICMP echo", source: "10.1.0.0/16", destination: "10.2.0.0/16", ipProtocol: 1,
            sourcePorts: 2048...2048, expected: 383_295),
        Case(
            name: "a range of ports and one port", source: "10.1.0.0/16", destination: "10.2.0.1/32", ipProtocol: 17,
            sourcePorts: 1024...2047, destinationPorts: 7...7, expected: 375_079),
        Case(
            name: "pass", source: "10.1.0.0/16", destination: "10.2.0.0/16", policyClass: .passShunt,
            expected: 183_615),
        Case(
            name: "drop", source: "10.1.0.0/16", destination: "10.2.0.0/16", policyClass: .dropShunt,
            expected: 583_615),
        Case(
            name: "pass on one interface", source: "192.0.2.1/32", destination: "192.0.2.0/24",
            policyClass: .passShunt, interface: 2, expected: 171_325),
    ]

    @Test("charon's number", arguments: cases)
    func priority(_ c: Case) throws {
        let selector = XFRMSelector(
            source: try selector(c.source, c.ipProtocol, c.sourcePorts),
            destination: try selector(c.destination, c.ipProtocol, c.destinationPorts), interfaceIndex: c.interface)
        #expect(PolicyPriority.calculate(selector, c.policyClass) == c.expected)
    }

    private func selector(
        _ text: String, _ ipProtocol: UInt8, _ ports: ClosedRange<UInt16>
    ) throws -> TrafficSelector {
        let parts = text.split(separator: Character("/"))
        return TrafficSelector(
            network: try #require(IPAddress(parts[0])), prefix: try #require(Int(parts[1])),
            ipProtocol: ipProtocol, startPort: ports.lowerBound, endPort: ports.upperBound)
    }
}
