// CryptoInterface
