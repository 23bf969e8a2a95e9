import VICI

/// A CHILD_SA with everything a listing can show.
let sampleChild = message([
    "name": "net", "uniqueid": "5", "reqid": "1", "state": "INSTALLED", "mode": "TUNNEL", "protocol": "ESP",
    "encap": "yes", "spi-in": "c1234567", "spi-out": "cabcdef0", "cpi-in": "12ab", "cpi-out": "34cd",
    "mark-in": "0000002a", "mark-mask-in": "ffffffff", "mark-out": "0000002b", "if-id-in": "00000007",
    "encr-alg": "AES_GCM_16", "encr-keysize": "256", "dh-group": "CURVE_25519", "esn": "1",
    "bytes-in": "84", "packets-in": "1", "use-in": "3", "bytes-out": "168", "packets-out": "2", "use-out": "4",
    "rekey-time": "3342", "life-time": "3950", "install-time": "10", "local-ts": ["10.1.0.0/16", "10.3.0.0/16"],
    "remote-ts": ["10.2.0.0/16"],
])

/// An established IKE_SA with two CHILD_SAs.
let sampleSA = message([
    "gw": message([
        "uniqueid": "1", "version": "2", "state": "ESTABLISHED", "local-host": "192.0.2.1", "local-port": "4500",
        "local-id": "moon", "remote-host": "192.0.2.2", "remote-port": "4500", "remote-id": "C=CH, CN=sun",
        "remote-eap-id": "carol", "initiator": "yes", "initiator-spi": "0123456789abcdef",
        "responder-spi": "fedcba9876543210", "encr-alg": "AES_CBC", "encr-keysize": "256",
        "integ-alg": "HMAC_SHA2_256_128", "prf-alg": "PRF_HMAC_SHA2_256", "dh-group": "MODP_2048",
        "established": "3120", "rekey-time": "13000", "reauth-time": "9000", "local-vips": ["10.3.0.1"],
        "remote-vips": ["10.4.0.1", "fec0::1"], "tasks-queued": ["IKE_REKEY"],
        "tasks-active": ["IKE_DPD", "CHILD_CREATE"],
        "child-sas": message([
            "net-5": sampleChild,
            "cr-7": message([
                "name": "cr", "uniqueid": "7", "reqid": "3", "state": "CREATED", "mode": "TUNNEL",
                "local-ts": ["dynamic"], "remote-ts": ["dynamic"],
            ]),
        ]),
    ])
])

/// An IKE_SA that waits for its first answer.
let connectingSA = message([
    "rw": message([
        "uniqueid": "2", "version": "1", "state": "CONNECTING", "local-host": "192.0.2.1", "local-port": "500",
        "local-id": "%any", "remote-host": "2001:db8::2", "remote-port": "500", "remote-id": "%any",
        "initiator-spi": "0123456789abcdef", "responder-spi": "0000000000000000", "child-sas": VICIMessage(),
    ])
])
