import Wire

/// A message without an SK payload: IKE_SA_INIT, and answers outside of any IKE_SA.
package enum UnprotectedMessage {
    package static func bytes(_ header: IKEHeader, _ payloads: PayloadWriter) -> [UInt8] {
        var header = header
        header.nextPayload = payloads.first
        header.length = UInt32(IKEHeader.size + payloads.count)
        var writer = ByteWriter(reserving: IKEHeader.size + payloads.count)
        header.write(to: &writer)
        writer.append(payloads.bytes)
        return writer.bytes
    }
}
