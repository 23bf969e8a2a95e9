// IKECodec
