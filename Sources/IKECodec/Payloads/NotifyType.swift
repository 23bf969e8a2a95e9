/// The type of a Notify payload (RFC 7296 §3.10.1 and its extensions).
package struct NotifyType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    // Errors.
    package static let unsupportedCriticalPayload = Self(rawValue: 1)
    package static let invalidIKESPI = Self(rawValue: 4)
    package static let invalidMajorVersion = Self(rawValue: 5)
    package static let invalidSyntax = Self(rawValue: 7)
    package static let invalidMessageID = Self(rawValue: 9)
    package static let invalidSPI = Self(rawValue: 11)
    package static let noProposalChosen = Self(rawValue: 14)
    package static let invalidKEPayload = Self(rawValue: 17)
    package static let authenticationFailed = Self(rawValue: 24)
    package static let singlePairRequired = Self(rawValue: 34)
    package static let noAdditionalSAs = Self(rawValue: 35)
    package static let internalAddressFailure = Self(rawValue: 36)
    package static let failedCPRequired = Self(rawValue: 37)
    package static let tsUnacceptable = Self(rawValue: 38)
    package static let invalidSelectors = Self(rawValue: 39)
    package static let unacceptableAddresses = Self(rawValue: 40)
    package static let unexpectedNATDetected = Self(rawValue: 41)
    package static let useAssignedHoA = Self(rawValue: 42)
    package static let temporaryFailure = Self(rawValue: 43)
    package static let childSANotFound = Self(rawValue: 44)
    package static let invalidGroupID = Self(rawValue: 45)
    package static let authorizationFailed = Self(rawValue: 46)
    package static let stateNotFound = Self(rawValue: 47)

    // Status.
    package static let initialContact = Self(rawValue: 16384)
    package static let setWindowSize = Self(rawValue: 16385)
    package static let additionalTSPossible = Self(rawValue: 16386)
    package static let ipcompSupported = Self(rawValue: 16387)
    package static let natDetectionSourceIP = Self(rawValue: 16388)
    package static let natDetectionDestinationIP = Self(rawValue: 16389)
    package static let cookie = Self(rawValue: 16390)
    package static let useTransportMode = Self(rawValue: 16391)
    package static let httpCertLookupSupported = Self(rawValue: 16392)
    package static let rekeySA = Self(rawValue: 16393)
    package static let espTFCPaddingNotSupported = Self(rawValue: 16394)
    package static let nonFirstFragmentsAlso = Self(rawValue: 16395)
    package static let mobikeSupported = Self(rawValue: 16396)
    package static let additionalIPv4Address = Self(rawValue: 16397)
    package static let additionalIPv6Address = Self(rawValue: 16398)
    package static let noAdditionalAddresses = Self(rawValue: 16399)
    package static let updateSAAddresses = Self(rawValue: 16400)
    package static let cookie2 = Self(rawValue: 16401)
    package static let noNATsAllowed = Self(rawValue: 16402)
    package static let authLifetime = Self(rawValue: 16403)
    package static let multipleAuthSupported = Self(rawValue: 16404)
    package static let anotherAuthFollows = Self(rawValue: 16405)
    package static let redirectSupported = Self(rawValue: 16406)
    package static let redirect = Self(rawValue: 16407)
    package static let redirectedFrom = Self(rawValue: 16408)
    package static let ticketLTOpaque = Self(rawValue: 16409)
    package static let eapOnlyAuthentication = Self(rawValue: 16417)
    package static let childlessSupported = Self(rawValue: 16418)
    package static let quickCrashDetection = Self(rawValue: 16419)
    package static let messageIDSyncSupported = Self(rawValue: 16420)
    package static let fragmentationSupported = Self(rawValue: 16430)
    package static let signatureHashAlgorithms = Self(rawValue: 16431)
    package static let usePPK = Self(rawValue: 16435)
    package static let ppkIdentity = Self(rawValue: 16436)
    package static let noPPKAuth = Self(rawValue: 16437)
    package static let intermediateExchangeSupported = Self(rawValue: 16438)
    package static let additionalKeyExchange = Self(rawValue: 16441)
    /// Private use, draft-ietf-ipsecme-ikev2-beet: BEET mode as strongSwan negotiates it.
    package static let useBEETMode = Self(rawValue: 40961)

    /// Types below 16384 report errors (RFC 7296 §3.10.1).
    package var isError: Bool { rawValue < 16384 }
}

extension NotifyType: CustomStringConvertible {
    package var description: String { Self.names[rawValue]?.long ?? "NOTIFY_\(rawValue)" }
    /// The short names of charon's ENC log.
    package var shortName: String { Self.names[rawValue]?.short ?? "\(rawValue)" }

    private static let names: [UInt16: (long: String, short: String)] = [
        1: ("UNSUPPORTED_CRITICAL_PAYLOAD", "CRIT"), 4: ("INVALID_IKE_SPI", "INVAL_IKE_SPI"),
        5: ("INVALID_MAJOR_VERSION", "INVAL_MAJOR"), 7: ("INVALID_SYNTAX", "INVAL_SYN"),
        9: ("INVALID_MESSAGE_ID", "INVAL_MID"), 11: ("INVALID_SPI", "INVAL_SPI"),
        14: ("NO_PROPOSAL_CHOSEN", "NO_PROP"), 17: ("INVALID_KE_PAYLOAD", "INVAL_KE"),
        24: ("AUTHENTICATION_FAILED", "AUTH_FAILED"), 34: ("SINGLE_PAIR_REQUIRED", "SINGLE_PAIR"),
        35: ("NO_ADDITIONAL_SAS", "NO_ADD_SAS"), 36: ("INTERNAL_ADDRESS_FAILURE", "INT_ADDR_FAIL"),
        37: ("FAILED_CP_REQUIRED", "FAIL_CP_REQ"), 38: ("TS_UNACCEPTABLE", "TS_UNACCEPT"),
        39: ("INVALID_SELECTORS", "INVAL_SEL"), 40: ("UNACCEPTABLE_ADDRESSES", "UNACC_ADDR"),
        41: ("UNEXPECTED_NAT_DETECTED", "UNEXP_NAT"), 42: ("USE_ASSIGNED_HoA", "ASSIGNED_HOA"),
        43: ("TEMPORARY_FAILURE", "TEMP_FAIL"), 44: ("CHILD_SA_NOT_FOUND", "NO_CHILD_SA"),
        45: ("INVALID_GROUP_ID", "INVAL_GRP"), 46: ("AUTHORIZATION_FAILED", "AUTHZ_FAILED"),
        47: ("STATE_NOT_FOUND", "STATE_NOT_FOUND"),
        16384: ("INITIAL_CONTACT", "INIT_CONTACT"), 16385: ("SET_WINDOW_SIZE", "SET_WINSIZE"),
        16386: ("ADDITIONAL_TS_POSSIBLE", "ADD_TS_POSS"), 16387: ("IPCOMP_SUPPORTED", "IPCOMP_SUP"),
        16388: ("NAT_DETECTION_SOURCE_IP", "NATD_S_IP"), 16389: ("NAT_DETECTION_DESTINATION_IP", "NATD_D_IP"),
        16390: ("COOKIE", "COOKIE"), 16391: ("USE_TRANSPORT_MODE", "USE_TRANSP"),
        16392: ("HTTP_CERT_LOOKUP_SUPPORTED", "HTTP_CERT_LOOK"), 16393: ("REKEY_SA", "REKEY_SA"),
        16394: ("ESP_TFC_PADDING_NOT_SUPPORTED", "ESP_TFC_PAD_N"),
        16395: ("NON_FIRST_FRAGMENTS_ALSO", "NON_FIRST_FRAG"), 16396: ("MOBIKE_SUPPORTED", "MOBIKE_SUP"),
        16397: ("ADDITIONAL_IP4_ADDRESS", "ADD_4_ADDR"), 16398: ("ADDITIONAL_IP6_ADDRESS", "ADD_6_ADDR"),
        16399: ("NO_ADDITIONAL_ADDRESSES", "NO_ADD_ADDR"), 16400: ("UPDATE_SA_ADDRESSES", "UPD_SA_ADDR"),
        16401: ("COOKIE2", "COOKIE2"), 16402: ("NO_NATS_ALLOWED", "NO_NATS"),
        16403: ("AUTH_LIFETIME", "AUTH_LFT"), 16404: ("MULTIPLE_AUTH_SUPPORTED", "MULT_AUTH"),
        16405: ("ANOTHER_AUTH_FOLLOWS", "AUTH_FOLLOWS"), 16406: ("REDIRECT_SUPPORTED", "REDIR_SUP"),
        16407: ("REDIRECT", "REDIR"), 16408: ("REDIRECTED_FROM", "REDIR_FROM"),
        16417: ("EAP_ONLY_AUTHENTICATION", "EAP_ONLY"), 16418: ("CHILDLESS_IKEV2_SUPPORTED", "CHDLESS_SUP"),
        16419: ("QUICK_CRASH_DETECTION", "CRASH_DET"), 16420: ("IKEV2_MESSAGE_ID_SYNC_SUPPORTED", "MSG_ID_SYN_SUP"),
        16430: ("FRAGMENTATION_SUPPORTED", "FRAG_SUP"), 16431: ("SIGNATURE_HASH_ALGORITHMS", "HASH_ALG"),
        16435: ("USE_PPK", "USE_PPK"), 16436: ("PPK_IDENTITY", "PPK_ID"), 16437: ("NO_PPK_AUTH", "NO_PPK"),
        16438: ("INTERMEDIATE_EXCHANGE_SUPPORTED", "IKE_INT_SUP"),
        16441: ("ADDITIONAL_KEY_EXCHANGE", "ADD_KE"), 40961: ("USE_BEET_MODE", "BEET_MODE"),
    ]
}
