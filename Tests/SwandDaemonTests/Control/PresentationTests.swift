import IKESA
import IPsecModel
import Testing
import VICI

@testable import SwandDaemon

@Suite("SAs, connections and selectors in charon's words")
struct PresentationTests {
    @Test("an IKE_SA has charon's keys in charon's order")
    func ikeSA() {
        let section = SAPresentation.ikeWithChildren(Samples.ikeSA())
        #expect(
            section.elements.map(\.name) == [
                "uniqueid", "version", "state", "local-host", "local-port", "local-id", "remote-host", "remote-port",
                "remote-id", "initiator", "initiator-spi", "responder-spi", "nat-remote", "nat-any", "encr-alg",
                "encr-keysize", "prf-alg", "dh-group", "established", "rekey-time", "tasks-active", "child-sas",
            ])
        #expect(section.string("version") == "2")
        #expect(section.string("local-id") == "%any")
        #expect(section.string("initiator-spi") == "0123456789abcdef")
        #expect(section.string("encr-alg") == "AES_GCM_16")
        #expect(section.string("encr-keysize") == "256")
        #expect(section.string("prf-alg") == "PRF_HMAC_SHA2_256")
        #expect(section.string("dh-group") == "CURVE_25519")
        #expect(section.string("established") == "90")
        #expect(section.strings("tasks-active") == ["CHILD_CREATE"])
    }

    @Test("a CHILD_SA too")
    func childSA() {
        let section = SAPresentation.child(Samples.childSA())
        #expect(
            section.elements.map(\.name) == [
                "name", "uniqueid", "reqid", "state", "mode", "protocol", "encap", "spi-in", "spi-out", "mark-in",
                "mark-mask-in", "encr-alg", "encr-keysize", "integ-alg", "bytes-in", "packets-in", "use-in",
                "bytes-out",
                "packets-out", "rekey-time", "life-time", "install-time", "local-ts", "remote-ts",
            ])
        #expect(section.string("mark-in") == "00000042")
        #expect(section.string("mark-mask-in") == "000000ff")
        #expect(section.strings("local-ts") == ["10.1.0.0/16"])
    }

    @Test("a CHILD_SA whose rekeying was put off is listed as installed, as by charon")
    func retrying() {
        var child = Samples.childSA()
        child.state = ChildState.retrying.rawValue
        #expect(SAPresentation.child(child).string("state") == "INSTALLED")
    }

    @Test("a SA that was never established and a half-open child show no more than they have")
    func youngSA() {
        var sa = Samples.ikeSA()
        sa.proposal = nil
        sa.established = nil
        sa.children = [ChildSASnapshot(name: "net", uniqueID: 1, reqid: 0, state: "CREATED", mode: .tunnel)]
        let section = SAPresentation.ikeWithChildren(sa)
        #expect(section["established"] == nil)
        #expect(section["rekey-time"] == nil)
        #expect(section["encr-alg"] == nil)
        #expect(section["child-sas", "net-1", "protocol"] == nil)
    }

    @Test("events of rekeying hold the old and the new")
    func rekeyEvents() {
        let old = Samples.ikeSA(id: 1)
        let new = Samples.ikeSA(id: 2)
        let ike = EventPresentation.message(for: .ikeRekeyed(old: old, new: new))
        #expect(ike.string("gw", "old", "uniqueid") == "1")
        #expect(ike.string("gw", "new", "uniqueid") == "2")
        #expect(ike["gw", "old", "child-sas"] == nil)
        let child = EventPresentation.message(
            for: .childRekeyed(ike: old, old: Samples.childSA(), new: Samples.childSA()))
        #expect(child.string("gw", "child-sas", "net", "old", "spi-in") == "c0000001")
        #expect(child.string("gw", "child-sas", "net", "new", "reqid") == "5")
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var selector: TrafficSelector
        var text: String
        var testDescription: String { text }
    }

    static let net = Samples.address("10.2.0.0")
    static let cases = [
        Case(selector: TrafficSelector(network: net, prefix: 16), text: "10.2.0.0/16"),
        Case(
            selector: TrafficSelector(start: Samples.address("10.0.0.1"), end: Samples.address("10.0.0.9")),
            text: "10.0.0.1..10.0.0.9"),
        Case(
            selector: TrafficSelector(network: net, prefix: 16, ipProtocol: 1, startPort: 2048, endPort: 2048),
            text: "10.2.0.0/16[icmp/8]"),
        Case(
            selector: TrafficSelector(network: net, prefix: 16, ipProtocol: 17, startPort: 1000, endPort: 2000),
            text: "10.2.0.0/16[udp/1000-2000]"),
        Case(
            selector: TrafficSelector(network: net, prefix: 16, ipProtocol: 17, startPort: 65535, endPort: 0),
            text: "10.2.0.0/16[udp/OPAQUE]"),
        Case(
            selector: TrafficSelector(network: net, prefix: 16, startPort: 64999, endPort: 64999),
            text: "10.2.0.0/16[0/64999]"),
        Case(selector: TrafficSelector(host: Samples.address("::1")), text: "::1/128"),
    ]

    @Test("selectors read as charon's", arguments: cases)
    func selectors(_ c: Case) { #expect(SelectorText.text(c.selector) == c.text) }

    @Test("a span of time takes the largest unit that fits twice")
    func elapsed() {
        #expect(ElapsedTime.words(1) == "1 second")
        #expect(ElapsedTime.words(120) == "120 seconds")
        #expect(ElapsedTime.words(121) == "2 minutes")
        #expect(ElapsedTime.words(3 * 3600) == "3 hours")
        #expect(ElapsedTime.words(3 * 86400) == "3 days")
    }
}
