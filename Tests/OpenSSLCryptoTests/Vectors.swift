import CryptoInterface
import IPsecModel

/// The octets of hexadecimal text with spaces; malformed text gives none, and the test that uses it fails.
func octets(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var high: Int?
    for character in text where !character.isWhitespace {
        guard let digit = character.hexDigitValue else { return [] }
        if let first = high {
            result.append(UInt8(first << 4 | digit))
            high = nil
        } else {
            high = digit
        }
    }
    return high == nil ? result : []
}

func isBadPublicValue(_ body: () throws -> Void) -> Bool {
    do {
        try body()
        return false
    } catch CryptoError.badPublicValue {
        return true
    } catch {
        return false
    }
}

struct MontgomeryVector: Sendable {
    let method: KeyExchangeMethod
    let alicePrivate, alicePublic, bobPrivate, bobPublic, shared: String

    static let all = [
        MontgomeryVector(
            method: .curve25519,
            alicePrivate: "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            alicePublic: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            bobPrivate: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            bobPublic: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            shared: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"),
        MontgomeryVector(
            method: .curve448,
            alicePrivate: """
                9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0
                a598726b
                """,
            alicePublic: """
                9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e5
                32c41fa0
                """,
            bobPrivate: """
                1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b6
                5173992d
                """,
            bobPublic: """
                3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c6
                7bf33609
                """,
            shared: """
                07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037
                514a879d
                """),
    ]
}

struct CurveVector: Sendable {
    struct Side: Sendable { let key, x, y: String }

    let method: KeyExchangeMethod
    let ours, peer: Side
    let shared: String

    static let all = [
        CurveVector(
            method: .ecp256,
            ours: Side(
                key: "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
                x: "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180",
                y: "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"),
            peer: Side(
                key: "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
                x: "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63",
                y: "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB"),
            shared: "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"),
        CurveVector(
            method: .ecp384,
            ours: Side(
                key: """
                    099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB194
                    """,
                x: """
                    667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AEE95F41AA
                    """,
                y: """
                    9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C
                    """),
            peer: Side(
                key: """
                    41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD55A7448FC
                    """,
                x: """
                    E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0774A3571
                    """,
                y: """
                    DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C
                    """),
            shared: """
                11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A270F59746
                """),
        CurveVector(
            method: .ecp521,
            ours: Side(
                key: """
                    0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A095AA85A30FE1C2952C6771D937BA9777F595
                    7B2639BAB072462F68C27A57382D4A52
                    """,
                x: """
                    0015417E84DBF28C0AD3C278713349DC7DF153C897A1891BD98BAB4357C9ECBEE1E3BF42E00B8E380AEAE57C2D1075649418
                    85942AF5A7F4601723C4195D176CED3E
                    """,
                y: """
                    017CAE20B6641D2EEB695786D8C946146239D099E18E1D5A514C739D7CB4A10AD8A788015AC405D7799DC75E7B7D5B6CF226
                    1A6A7F1507438BF01BEB6CA3926F9582
                    """),
            peer: Side(
                key: """
                    0145BA99A847AF43793FDD0E872E7CDFA16BE30FDC780F97BCCC3F078380201E9C677D600B343757A3BDBF2A3163E4C2F869
                    CCA7458AA4A4EFFC311F5CB151685EB9
                    """,
                x: """
                    00D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A219B97C356436ADC6E95BB0352F6BE64A6C291
                    2D4EF2D0433CED2B6171640012D9460F
                    """,
                y: """
                    015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852077B87220B6536C5C408A1D2AEBB8E86D678AE49CB
                    57091F4732296579AB44FCD17F0FC56A
                    """),
            shared: """
                01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04D1427E73CA4BAA240A34786859810C06B3C7
                15A3A8CC3151F2BEE417996D19F3DDEA
                """),
    ]
}
