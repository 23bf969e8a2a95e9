import ControlClient
import Testing
import VICI

@Suite("swanctl listings")
struct SwanctlListingTests {
    @Test("show SAs in the layout of strongSwan's swanctl")
    func listSAs() {
        let daemon = ScriptedDaemon(["list-sas": .init(events: [("list-sa", sampleSA), ("list-sa", connectingSA)])])
        let (status, output) = swanctl("--list-sas", daemon: daemon)
        #expect(status == 0)
        #expect(
            output.text == """
                gw: #1, ESTABLISHED, IKEv2, 0123456789abcdef_i* fedcba9876543210_r
                  local  'moon' @ 192.0.2.1[4500] [10.3.0.1]
                  remote 'C=CH, CN=sun' @ 192.0.2.2[4500] EAP: 'carol' [10.4.0.1 fec0::1]
                  AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048
                  established 3120s ago, rekeying in 13000s, reauth in 9000s
                  queued:  IKE_REKEY
                  active:  IKE_DPD CHILD_CREATE
                  net: #5, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256/CURVE_25519/ESN
                    installed 10s ago, rekeying in 3342s, expires in 3950s
                    in  c1234567/12ab (0x0000002a/0xffffffff|0x00000007),     84 bytes,     1 packets,     3s ago
                    out cabcdef0/34cd (0x0000002b),    168 bytes,     2 packets,     4s ago
                    local  10.1.0.0/16 10.3.0.0/16
                    remote 10.2.0.0/16
                  cr: #7, reqid 3, CREATED, TUNNEL
                    local  dynamic
                    remote dynamic
                rw: #2, CONNECTING, IKEv1, 0123456789abcdef_i 0000000000000000_r*
                  local  '%any' @ 192.0.2.1[500]
                  remote '%any' @ 2001:db8::2[500]
                """)
    }

    @Test("pass filters on")
    func filters() {
        let daemon = ScriptedDaemon(["list-sas": .init()])
        _ = swanctl("-l", "-i", "gw", "-I1", "--child=net", "--child-id", "5", "-n", daemon: daemon)
        #expect(daemon.requests.map(\.command) == ["list-sas"])
        #expect(
            daemon.requests.first?.message
                == message(["ike": "gw", "ike-id": "1", "child": "net", "child-id": "5", "noblock": "yes"]))
    }

    @Test("show connections")
    func listConnections() {
        let connection = message([
            "gw": message([
                "local_addrs": ["192.0.2.1"], "remote_addrs": ["%any"], "version": "IKEv2", "reauth_time": "0",
                "rekey_time": "14400", "dpd_delay": "30", "ppk_id": "p", "ppk_required": "yes",
                "local-1": message(["class": "public key", "id": "moon", "certs": ["CN=moon"]]),
                "remote-1": message([
                    "class": "EAP", "eap-type": "EAP_MSCHAPV2", "eap_id": "%any", "groups": ["a", "b"],
                ]),
                "children": message([
                    "net": message([
                        "mode": "TUNNEL", "rekey_time": "3600", "rekey_bytes": "500", "rekey_packets": "0",
                        "dpd_action": "clear", "local-ts": ["dynamic"], "remote-ts": ["10.0.0.0/8", "fec0::/16"],
                    ])
                ]),
            ])
        ])
        let daemon = ScriptedDaemon(["list-conns": .init(events: [("list-conn", connection)])])
        #expect(
            swanctl("--list-conns", daemon: daemon).output.text == """
                gw: IKEv2, no reauthentication, rekeying every 14400s, dpd delay 30s
                  ppk: p, required
                  local:  192.0.2.1
                  remote: %any
                  local public key authentication:
                    id: moon
                    certs: CN=moon
                  remote EAP_MSCHAPV2 authentication:
                    eap_id: %any
                    groups: a b
                  net: TUNNEL, rekeying every 3600s or 500 bytes, dpd action is clear
                    local:  dynamic
                    remote: 10.0.0.0/8 fec0::/16
                """)
    }

    @Test("show policies, authorities, pools and counters")
    func others() {
        let policy = message([
            "gw/net": message(["mode": "TUNNEL", "local-ts": ["10.0.0.0/8"], "remote-ts": ["a", "b"]])
        ])
        let authority = message(["ca": message(["cacert": "CN=ca", "crl_uris": ["http://a", "http://b"]])])
        let pool = message([
            "p1": message([
                "base": "10.0.0.1", "size": "254", "online": "1", "offline": "2",
                "leases": message(["0": message(["address": "10.0.0.1", "identity": "moon", "status": "online"])]),
            ])
        ])
        let counters = message(["counters": message(["": message(["invalid": "22"]), "gw": message(["invalid": "1"])])])
        let daemon = ScriptedDaemon([
            "list-policies": .init(events: [("list-policy", policy)]),
            "list-authorities": .init(events: [("list-authority", authority)]),
            "get-pools": .init(response: pool), "get-counters": .init(response: counters),
        ])
        #expect(
            swanctl("-P", daemon: daemon).output.lines == ["gw/net, TUNNEL", "  local:  10.0.0.0/8", "  remote: a b"])
        #expect(
            swanctl("-B", daemon: daemon).output.lines
                == ["ca:", "  cacert: CN=ca", "  crl_uris:  http://a", "             http://b"])
        #expect(
            swanctl("-A", "-l", daemon: daemon).output.lines == [
                "p1                   10.0.0.1                            1 / 2 / 254",
                "  10.0.0.1                       online   'moon'",
            ])
        #expect(
            swanctl("-C", "-a", daemon: daemon).output.lines == [
                "global:", "  invalid               : 22", "gw:", "  invalid               : 1",
            ])
        #expect(daemon.requests.first?.message == message(["trap": "yes", "drop": "yes", "pass": "yes"]))
    }

    @Test("come raw, pretty and as JSON")
    func formats() {
        let item = message(["gw": message(["id": "a\"b", "list": ["x", "y"], "none": [String]()])])
        var binary = item
        binary.set("data", bytes: [0x30, 0xff])
        let daemon = ScriptedDaemon(["list-sas": .init(events: [("list-sa", item), ("list-sa", binary)])])
        #expect(
            swanctl("-l", "--raw", daemon: daemon).output.lines == [
                "list-sa event {gw {id=a\"b list=[x y] none=[]}}",
                "list-sa event {gw {id=a\"b list=[x y] none=[]} data=0x30ff}", "list-sas reply {}",
            ])
        #expect(
            swanctl("-l", "--pretty", daemon: daemon).output.lines.prefix(10) == [
                "list-sa event {", "  gw {", "    id = a\"b", "    list = [", "      x", "      y", "    ]",
                "    none = [", "    ]", "  }",
            ])
        #expect(
            swanctl("-l", "--json", daemon: daemon).output.text == """
                [{"gw":{"id":"a\\"b","list":["x","y"],"none":[]}}
                ,{"gw":{"id":"a\\"b","list":["x","y"],"none":[]},"data":"0x30ff"}
                ]
                """)
        #expect(swanctl("-l", "-j", daemon: ScriptedDaemon(["list-sas": .init()])).output.lines == ["[]"])
    }

    @Test("cannot be used to steer the terminal")
    func controlCharacters() {
        let sa = message(["gw\u{1b}[2J": message(["uniqueid": "1", "remote-id": "evil\u{1b}]0;x\u{7}\u{9b}1m"])])
        let daemon = ScriptedDaemon(["list-sas": .init(events: [("list-sa", sa)])])
        let text = swanctl("-l", daemon: daemon).output.text
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        #expect(text.contains("evil?]0;x??1m"))
    }
}
