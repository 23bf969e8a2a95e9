/// What a listing shows of an X.509 certificate (RFC 5280 §4.1).
struct X509Summary {
    var serial: [UInt8]
    var issuer: String
    var notBefore: Int
    var notAfter: Int
    var subject: String
    var publicKey: PublicKeySummary?
    var isSelfSigned: Bool
    var extensions = X509Extensions()

    /// Nil when the bytes are no certificate.
    init?(_ data: [UInt8]) {
        var outer = DERReader(data[...])
        guard var certificate = outer.next(DERReader.Tag.sequence)?.reader,
            var body = certificate.next(DERReader.Tag.sequence)?.reader
        else { return nil }
        _ = body.next(0xa0)  // version
        guard let serial = body.next(DERReader.Tag.integer)?.content, body.next(DERReader.Tag.sequence) != nil,
            let issuer = body.next(DERReader.Tag.sequence),
            let validity = body.next(DERReader.Tag.sequence)?.elements, validity.count == 2,
            let notBefore = CertificateTime.seconds(validity[0]), let notAfter = CertificateTime.seconds(validity[1]),
            let subject = body.next(DERReader.Tag.sequence), let key = body.next(DERReader.Tag.sequence)
        else { return nil }
        self.serial = Array(serial.count > 1 && serial.first == 0 ? serial.dropFirst() : serial)
        self.issuer = DistinguishedName.text(issuer)
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.subject = DistinguishedName.text(subject)
        publicKey = PublicKeySummary(key)
        isSelfSigned = issuer.whole == subject.whole
        while let element = body.next() {
            guard element.tag == 0xa3, let list = element.elements.first else { continue }
            extensions = X509Extensions(list)
        }
    }
}
