import IPsecModel
import Testing

@Suite("Proposal keywords")
struct ProposalParserTests {
    static let good: [(SecurityProtocol, String, String)] = [
        (.ike, "aes128gcm16-prfsha256-x25519", "IKE:AES_GCM_16_128/PRF_HMAC_SHA2_256/CURVE_25519"),
        (.ike, "aes128-sha256-modp3072", "IKE:AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_3072"),
        (.ike, "aes256-sha384-prfsha384-ecp384", "IKE:AES_CBC_256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/ECP_384"),
        (.ike, "AES256-SHA1-dh14", "IKE:AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048"),
        (.ike, "aes-sha-group19", "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/ECP_256"),
        (.ike, "aes-sha-31", "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/CURVE_25519"),
        (
            .ike, "aes128-aes256-sha256-sha1-modp2048-ecp256bp",
            "IKE:AES_CBC_128/AES_CBC_256/HMAC_SHA2_256_128/HMAC_SHA1_96/PRF_HMAC_SHA2_256/PRF_HMAC_SHA1/"
                + "MODP_2048/ECP_256_BP"
        ),
        (
            .ike, "chacha20poly1305-prfsha512-x25519-ke1_mlkem768",
            "IKE:CHACHA20_POLY1305/PRF_HMAC_SHA2_512/CURVE_25519/KE1_ML_KEM_768"
        ),
        (.ike, "aes256gcm-sha256-x448", "IKE:AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE_448"),
        (.esp, "aes256gcm16-ecp384", "ESP:AES_GCM_16_256/ECP_384/NO_EXT_SEQ"),
        (.esp, "aes128-sha256", "ESP:AES_CBC_128/HMAC_SHA2_256_128/NO_EXT_SEQ"),
        (.esp, "aes128-sha256-prfsha256-esn-noesn", "ESP:AES_CBC_128/HMAC_SHA2_256_128/EXT_SEQ/NO_EXT_SEQ"),
        (.esp, "aes128gcm16-sha256", "ESP:AES_GCM_16_128/NO_EXT_SEQ"),
        (.esp, "aes128-sha256-modp2048-none", "ESP:AES_CBC_128/HMAC_SHA2_256_128/MODP_2048/KE_NONE/NO_EXT_SEQ"),
        (.esp, "null-sha256", "ESP:NULL/HMAC_SHA2_256_128/NO_EXT_SEQ"),
        (.esp, "aes192ccm64", "ESP:AES_CCM_8_192/NO_EXT_SEQ"),
        (.esp, "aes128ctr-sha2_256_96", "ESP:AES_CTR_128/HMAC_SHA2_256_96/NO_EXT_SEQ"),
        (.ah, "sha256", "AH:HMAC_SHA2_256_128/NO_EXT_SEQ"),
        (.ah, "aes128-sha1-esn", "AH:HMAC_SHA1_96/EXT_SEQ"),
        (.ah, "aes256gmac", "AH:AES_256_GMAC/NO_EXT_SEQ"),
    ]

    @Test("reads what charon reads, and prints what charon prints", arguments: good)
    func parse(id: SecurityProtocol, text: String, printed: String) throws {
        #expect(try Proposal.parse(text, protocol: id).description == printed)
    }

    static let bad: [(SecurityProtocol, String, ProposalError)] = [
        (.ike, "", .empty),
        (.ike, " ", .empty),
        (.ike, "aes128", .missing(.integrity, .ike)),
        (.ike, "aes128-sha256", .missing(.keyExchange, .ike)),
        (.ike, "aes128-sha256-none", .missing(.keyExchange, .ike)),
        (.ike, "aes128gcm16-x25519", .missing(.prf, .ike)),
        (.ike, "sha256-x25519", .missing(.encryption, .ike)),
        (.ike, "aes128-aes128gcm16-sha256-x25519", .mixesCombinedAndClassic(.ike)),
        (.ike, "null-sha256-x25519", .misplaced("null", .ike)),
        (.ike, "aes128-sha265-x25519", .unknownKeyword("sha265", suggestion: "sha256")),
        (.ike, "aes128--x25519", .unknownKeyword("", suggestion: nil)),
        (.ike, "qwertyuiop", .unknownKeyword("qwertyuiop", suggestion: nil)),
        (.esp, "sha256", .missing(.encryption, .esp)),
        (.esp, "aes128-aes256gcm16", .mixesCombinedAndClassic(.esp)),
        (.ah, "aes128", .missing(.integrity, .ah)),
        (.ike, "aes128-sha256-dh3", .unknownKeyword("dh3", suggestion: "des")),
        (.ike, "aes128-sha256-ke8_mlkem768", .unknownKeyword("ke8_mlkem768", suggestion: "mlkem768")),
    ]

    @Test("refuses, naming the word or what is missing", arguments: bad)
    func refuse(id: SecurityProtocol, text: String, error: ProposalError) {
        #expect(throws: error) { try Proposal.parse(text, protocol: id) }
    }

    @Test(
        "words of other daemons are refused with a reason",
        arguments: ["blowfish256", "serpent", "twofish128", "kyber3", "ntru128", "modpnull", "camelliaxcbc"])
    func refusedByName(word: String) throws {
        let error = #expect(throws: ProposalError.self) {
            try Proposal.parse("aes128-sha256-x25519-\(word)", protocol: .ike)
        }
        guard case .refused(word, let reason) = try #require(error) else {
            Issue.record("expected a refusal, got \(String(describing: error))")
            return
        }
        #expect(reason.contains("use "))
    }

    @Test("every keyword has a meaning, and the preferred word of that meaning means the same")
    func table() throws {
        for word in ProposalKeywords.words {
            guard case .transform(let transform) = ProposalKeywords.meaning(of: word) else {
                Issue.record("\(word) has no meaning")
                continue
            }
            let preferred = try #require(ProposalKeywords.word(for: transform))
            #expect(ProposalKeywords.meaning(of: preferred) == .transform(transform))
            #expect(!transform.description.contains("("), "\(word) has no printed name")
        }
    }

    @Test("what the provider lacks is named")
    func unsupported() {
        #expect(throws: ProposalError.unsupported("x448", transform: .keyExchange(.curve448))) {
            try Proposal.parse("aes128-sha256-x25519-x448", protocol: .ike) { $0 != .keyExchange(.curve448) }
        }
        #expect(throws: Never.self) {
            try Proposal.parse("aes128-sha256-noesn-none", protocol: .esp) { !$0.isNone }
        }
    }

    @Test("keywords round-trip")
    func keywords() throws {
        let text = "aes128gcm16-prfsha256-x25519-ke1_mlkem768"
        #expect(try Proposal.parse(text, protocol: .ike).keywords == text)
    }

    @Test("defaults hold one classic and one combined-mode proposal, strong algorithms first")
    func defaults() throws {
        let ike = Proposal.defaults(for: .ike)
        #expect(ike.count == 2)
        #expect(ike[0].encryption == .encryption(.aesCBC, 128))
        #expect(ike[1].encryption == .encryption(.aesGCM16, 128))
        #expect(ike[1].integrity == nil)
        #expect(!ike[0].transforms.contains(.keyExchange(.modp1024)))
        #expect(ike[0].transforms(.keyExchange).last == .keyExchange(.modp2048))
        let esp = Proposal.defaults(for: .esp)
        #expect(esp.map { $0.transforms(.keyExchange).last } == [.keyExchange(.none), .keyExchange(.none)])
        #expect(Proposal.defaults(for: .ah).count == 1)
    }

    @Test("defaults leave out what is not there, and proposals that lost a part")
    func filteredDefaults() {
        let none = Proposal.defaults(for: .ike) { $0.type != .keyExchange }
        #expect(none.isEmpty)
        let classic = Proposal.defaults(for: .ike) {
            $0.type != .encryption || !EncryptionAlgorithm(rawValue: $0.id).isCombinedMode
        }
        #expect(classic.count == 1)
    }
}
