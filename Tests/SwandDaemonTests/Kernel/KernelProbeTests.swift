import Testing
import XFRM

@testable import SwandDaemon

@Suite("what a kernel can do")
struct KernelProbeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What the first, second and third SA are refused with.
        var refusals: [Int32]
        /// A part of the sentence; `nil`: all is well.
        var expected: String?
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "AES-GCM works", refusals: [], expected: nil),
        Case(name: "the SPI is taken", refusals: [NetlinkFailure.exists], expected: nil),
        Case(name: "no ESP", refusals: [NetlinkFailure.noProtocol], expected: "this kernel cannot do ESP"),
        Case(
            name: "neither AES-GCM nor ESP", refusals: [NetlinkFailure.noSystemCall, NetlinkFailure.noProtocol],
            expected: "this kernel cannot do ESP"),
        Case(
            name: "no AES-GCM", refusals: [NetlinkFailure.noSystemCall], expected: "has ESP but not AES-GCM"),
        Case(
            name: "nothing at all",
            refusals: [NetlinkFailure.noSystemCall, NetlinkFailure.noEntry, NetlinkFailure.noSystemCall],
            expected: "no algorithms for ESP"),
        Case(name: "no rights", refusals: [NetlinkFailure.permission], expected: "CAP_NET_ADMIN"),
        Case(name: "something else", refusals: [NetlinkFailure.invalid], expected: "refuses a plain ESP SA"),
    ]

    @Test("is said in one sentence, and nothing is left behind", arguments: cases)
    func probe(_ c: Case) {
        let netlink = InMemoryNetlink()
        for (number, code) in c.refusals.enumerated() { netlink.refusals[number] = code }
        let sentence = makeKernel(netlink).probe()
        if let expected = c.expected {
            #expect(sentence?.contains(expected) == true)
        } else {
            #expect(sentence == nil)
        }
        #expect(netlink.states.isEmpty)
    }
}
