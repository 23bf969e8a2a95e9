// swift-tools-version: 6.2
import PackageDescription

// Imports point down only: a target may depend on targets of a lower floor, never on a sibling's implementation.
// docs/architecture.md draws the floors; `make check-imports` builds with the compiler's own enforcement.

let strict = Context.environment["SWAND_STRICT"] == "1"

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")

// The benchmarks are built on demand (`make bench`), not with everything else.
let benchmarks: [Target] =
    Context.environment["SWAND_BENCHMARKS"] == "1"
    ? [
        .target(
            name: "CBenchmark", path: "Benchmarks/CBenchmark",
            linkerSettings: [.linkedLibrary("crypto")]),
        .executableTarget(
            name: "swand-bench",
            dependencies: [
                "CBenchmark", "Wire", "IPsecModel", "IKECodec", "CryptoInterface", "OpenSSLCrypto", "PKI", "IKESA",
                "IKEv2", "IKEEngine", "Transport", "VICI", "ControlClient", "SwandDaemon",
            ],
            path: "Benchmarks/swand-bench", swiftSettings: settings),
    ] : []

let package = Package(
    name: "swand",
    products: [
        .executable(name: "swand", targets: ["swand"]),
        .executable(name: "swanctl", targets: ["swanctl"]),
        .executable(name: "ipsec", targets: ["ipsec"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // Floor 0: C headers and shims, system libraries.
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),

        // Floor 1: bytes and vocabulary.
        room("Wire"),
        room("IPsecModel", ["Wire"]),

        // Floor 2: codecs without I/O, provider protocols, event loop and sockets.
        room("CryptoInterface", ["Wire", "IPsecModel"]),
        room("IKECodec", ["Wire", "IPsecModel"]),
        room("XFRM", ["Wire", "IPsecModel", "CryptoInterface", "CLinux"]),
        room("VICI", ["Wire"]),
        room("Transport", ["IPsecModel", "CLinux"]),

        // Floor 3: shared SA core, parsers, crypto backend, certificates.
        room("IKESA", ["Wire", "IPsecModel", "IKECodec", "CryptoInterface", heap]),
        room("Configuration", ["Wire", "IPsecModel", "CryptoInterface"]),
        room("OpenSSLCrypto", ["Wire", "IPsecModel", "CryptoInterface", "COpenSSL"]),
        room("PKI", ["Wire", "IPsecModel", "CryptoInterface", "COpenSSL"]),

        // Floor 4: exchanges, tasks, derivation.
        room("IKEv2", ["Wire", "IPsecModel", "IKECodec", "CryptoInterface", "IKESA"]),

        // Floor 5: one engine per shard.
        room("IKEEngine", ["Wire", "IPsecModel", "IKECodec", "CryptoInterface", "IKESA", "IKEv2", heap]),

        // Floor 6: two shells over the same engine, and what the command line tools share.
        room(
            "SwandDaemon",
            [
                "Wire", "IPsecModel", "CryptoInterface", "OpenSSLCrypto", "PKI", "Configuration", "XFRM", "VICI",
                "Transport", "IKESA", "IKEEngine", "CLinux", "CSystemd",
            ]),
        room(
            "SimulatedNetwork",
            ["Wire", "IPsecModel", "IKECodec", "CryptoInterface", "OpenSSLCrypto", "IKESA", "IKEv2", "IKEEngine"]),
        room("ControlClient", ["VICI", "Wire", "Configuration", "IPsecModel", "CryptoInterface", "PKI", "CLinux"]),

        // Floor 7: executables parse arguments and call one function.
        .executableTarget(name: "swand", dependencies: ["SwandDaemon", arguments], swiftSettings: settings),
        .executableTarget(name: "swanctl", dependencies: ["ControlClient"], swiftSettings: settings),
        .executableTarget(name: "ipsec", dependencies: ["ControlClient"], swiftSettings: settings),

        tests("WireTests", ["Wire"]),
        tests("IPsecModelTests", ["IPsecModel", "Wire"]),
        tests("CryptoInterfaceTests", ["CryptoInterface"]),
        tests("IKECodecTests", ["IKECodec", "IPsecModel", "Wire"]),
        tests("XFRMTests", ["XFRM", "IPsecModel", "CryptoInterface", "CLinux"]),
        tests("VICITests", ["VICI", "Wire"]),
        tests("ConfigurationTests", ["Configuration", "IPsecModel", "CryptoInterface"]),
        tests("OpenSSLCryptoTests", ["OpenSSLCrypto", "CryptoInterface", "IPsecModel"]),
        tests("PKITests", ["PKI", "OpenSSLCrypto", "CryptoInterface", "IPsecModel"]),
        tests("IKESATests", ["IKESA", "IPsecModel", "CryptoInterface"]),
        tests(
            "SwandDaemonTests",
            [
                "SwandDaemon", "Transport", "VICI", "XFRM", "IKESA", "IKEEngine", "IPsecModel", "Configuration",
                "CryptoInterface", "OpenSSLCrypto", "PKI", "Wire",
            ]),
        tests("ControlClientTests", ["ControlClient", "VICI", "PKI", "CryptoInterface"]),
        tests(
            "ExchangeTests",
            ["SimulatedNetwork", "IKEEngine", "IKEv2", "IKESA", "IKECodec", "IPsecModel", "CryptoInterface", "Wire"]),
    ] + benchmarks,
    swiftLanguageModes: [.v6]
)
