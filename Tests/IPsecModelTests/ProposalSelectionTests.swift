import IPsecModel
import Testing

@Suite("Proposal selection")
struct ProposalSelectionTests {
    static func ike(_ texts: String...) throws -> [Proposal] { try numbered(texts, .ike) }
    static func esp(_ texts: String...) throws -> [Proposal] { try numbered(texts, .esp) }

    static func numbered(_ texts: [String], _ id: SecurityProtocol) throws -> [Proposal] {
        try texts.enumerated().map { index, text in
            var proposal = try Proposal.parse(text, protocol: id)
            proposal.number = UInt8(index + 1)
            proposal.spi = id == .ike ? [] : [0, 0, 1, UInt8(index)]
            return proposal
        }
    }

    @Test("the configured order decides, and the peer's number and SPI are returned")
    func configuredOrder() throws {
        let offered = try Self.esp("aes128-sha1", "aes256-sha256-sha1")
        let configured = try Self.esp("aes256-sha1", "aes128-sha1")
        let selected = try Proposal.select(offered: offered, configured: configured).get()
        #expect(selected.description == "ESP:AES_CBC_256/HMAC_SHA1_96/NO_EXT_SEQ")
        #expect(selected.number == 2)
        #expect(selected.spi == [0, 0, 1, 1])
    }

    @Test("the peer's order decides when told so")
    func peerOrder() throws {
        let offered = try Self.ike("aes128-aes256-sha1-modp2048-x25519")
        let configured = try Self.ike("aes256-aes128-sha1-x25519-modp2048")
        let policy = SelectionPolicy(preferConfigured: false)
        let selected = try Proposal.select(offered: offered, configured: configured, policy: policy).get()
        #expect(selected.description == "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048")
    }

    @Test("key lengths must be equal")
    func keyLength() throws {
        let result = Proposal.select(
            offered: try Self.ike("aes256-sha1-modp2048"), configured: try Self.ike("aes128-sha1-modp2048"))
        guard case .failure(let mismatch) = result else {
            Issue.record("selected")
            return
        }
        #expect(mismatch.closest?.differing == .encryption)
        #expect(mismatch.description.contains("AES_CBC_256"))
        #expect(mismatch.remedy?.contains("'aes256'") == true)
    }

    static let keyExchanges: [(offered: String, configured: String, agrees: Bool)] = [
        ("aes128-sha1", "aes128-sha1", true),
        ("aes128-sha1", "aes128-sha1-modp2048", false),
        ("aes128-sha1", "aes128-sha1-modp2048-none", true),
        ("aes128-sha1-modp2048", "aes128-sha1", false),
        ("aes128-sha1-modp2048-none", "aes128-sha1", true),
        ("aes128-sha1-modp2048", "aes128-sha1-x25519", false),
        ("aes128-sha1-modp2048", "aes128-sha1-x25519-modp2048", true),
        ("aes128-sha1-esn", "aes128-sha1", false),
        ("aes128-sha1-esn-noesn", "aes128-sha1", true),
    ]

    @Test("a missing key exchange agrees only with `none`", arguments: keyExchanges)
    func missingKeyExchange(offered: String, configured: String, agrees: Bool) throws {
        let result = Proposal.select(offered: try Self.esp(offered), configured: try Self.esp(configured))
        #expect(((try? result.get()) != nil) == agrees)
    }

    @Test("IKE_AUTH negotiates no key exchange")
    func ignoredKeyExchange() throws {
        let policy = SelectionPolicy(ignoreKeyExchange: true)
        let selected = try Proposal.select(
            offered: try Self.esp("aes128-sha1-modp2048"), configured: try Self.esp("aes128-sha1-x25519"),
            policy: policy
        ).get()
        #expect(selected.keyExchange == nil)
    }

    @Test("a peer that says nothing about sequence numbers means the short ones")
    func missingSequenceNumbers() throws {
        var offer = try Self.esp("aes128gcm16")[0]
        offer.transforms.removeAll { $0.type == .extendedSequenceNumbers }
        let selected = try Proposal.select(offered: [offer], configured: Self.esp("aes128gcm16")).get()
        #expect(selected.description == "ESP:AES_GCM_16_128")
        let extended = Proposal.select(offered: [offer], configured: try Self.esp("aes128gcm16-esn"))
        #expect((try? extended.get()) == nil)
    }

    @Test("integrity is not looked at beside a combined-mode cipher, and not forgotten beside a classic one")
    func mixedOffer() throws {
        var offer = try Self.esp("aes128-sha512")[0]
        offer.transforms.insert(.encryption(.aesGCM16, 256), at: 1)
        let selected = try Proposal.select(offered: [offer], configured: Self.esp("aes128-sha1", "aes256gcm16")).get()
        #expect(selected.description == "ESP:AES_GCM_16_256/NO_EXT_SEQ")
    }

    @Test("a private number matches only when the peer is known")
    func privateNumbers() throws {
        let list = try Self.esp("aes128-sha256_96")
        #expect((try? Proposal.select(offered: list, configured: list).get()) == nil)
        let policy = SelectionPolicy(acceptPrivate: true)
        #expect((try? Proposal.select(offered: list, configured: list, policy: policy).get()) != nil)
    }

    @Test("additional key exchanges never repeat a method (RFC 9370 §2.2.1)")
    func additionalKeyExchange() throws {
        let list = try Self.ike("aes128-sha1-x25519-mlkem768-ke1_x25519-ke1_mlkem768")
        let selected = try Proposal.select(offered: list, configured: list).get()
        #expect(selected.description == "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/CURVE_25519/KE1_ML_KEM_768")
    }

    @Test("the mismatch names the closest pair and the first type that differs")
    func evidence() throws {
        let offered = try Self.ike("3des-md5-modp1024", "aes128-sha256-modp1024")
        let configured = try Self.ike("aes256gcm16-prfsha384-ecp384", "aes128-sha256-modp3072")
        guard case .failure(let mismatch) = Proposal.select(offered: offered, configured: configured) else {
            Issue.record("selected")
            return
        }
        #expect(mismatch.closest?.offered == offered[1])
        #expect(mismatch.closest?.configured == configured[1])
        #expect(mismatch.closest?.differing == .keyExchange)
        #expect(mismatch.description.hasPrefix("no common KEY_EXCHANGE_METHOD: the peer offers MODP_1024, "))
        #expect(mismatch.lines.count == 3)
    }

    @Test("an answer must be a choice of one transform of each type that was offered")
    func answers() throws {
        let offered = try Self.ike("aes128-aes256-sha256-x25519")
        let good = try Self.ike("aes256-sha256-x25519")[0]
        #expect(Proposal.isValidChoice(good, offered: offered))
        #expect(!Proposal.isValidChoice(offered[0], offered: offered))
        #expect(!Proposal.isValidChoice(try Self.ike("aes192-sha256-x25519")[0], offered: offered))
        var wrongNumber = good
        wrongNumber.number = 2
        #expect(!Proposal.isValidChoice(wrongNumber, offered: offered))
    }

    @Test("empty and foreign lists mismatch without a closest pair")
    func empty() throws {
        guard case .failure(let mismatch) = Proposal.select(offered: [], configured: try Self.esp("aes128-sha1")) else {
            Issue.record("selected")
            return
        }
        #expect(mismatch.closest == nil)
        #expect(mismatch.description == "the peer offers no proposal")
    }
}
