// IKEEngine
