/// Revocation lists by `Fixtures.root`.
enum RevocationFixtures {
    /// By root, number 255, of the same second as `laterCRL`.
    static let emptyCRL = """
        -----BEGIN X509 CRL-----
        MIHEMGsCAQEwCgYIKoZIzj0EAwIwKzELMAkGA1UEBhMCQ0gxDTALBgNVBAoMBFRl
        c3QxDTALBgNVBAMMBHJvb3QXDTI2MTEyMTIxMzAzOFoXDTI2MTIyMTIxMzAzOFqg
        DzANMAsGA1UdFAQEAgIA/zAKBggqhkjOPQQDAgNJADBGAiEAiV4U8QP8o0Rn+Cud
        2vCgUHkOVWng6x8SEjy3EwuQmLcCIQDGEwr+S5ExSYCdQ6QeiEQFqBfqxKQ2ttA8
        MA6XYj27ew==
        -----END X509 CRL-----
        """
    /// By root, number 256, revokes moon for its key.
    static let laterCRL = """
        -----BEGIN X509 CRL-----
        MIH7MIGiAgEBMAoGCCqGSM49BAMCMCsxCzAJBgNVBAYTAkNIMQ0wCwYDVQQKDARU
        ZXN0MQ0wCwYDVQQDDARyb290Fw0yNjExMjEyMTMwMzhaFw0yNjEyMjEyMTMwMzha
        MDUwMwIUOwsng77NXCpPKibVpJz2irlPd1AXDTI2MTEyMTIxMzAzOFowDDAKBgNV
        HRUEAwoBAaAPMA0wCwYDVR0UBAQCAgEAMAoGCCqGSM49BAMCA0gAMEUCIQDhGm8M
        pzk84vGJ1MWs8KkyMcLWYpKtoF0doX6KvOx3BAIgOP6JHntCMHwdxjGTkhmmi9jq
        CDG9I6SSNa0Oyz+a+Lw=
        -----END X509 CRL-----
        """
    /// In root's name, number 999, revokes nothing, signed with another key.
    static let forgedCRL = """
        -----BEGIN X509 CRL-----
        MIHCMGsCAQEwCgYIKoZIzj0EAwIwKzELMAkGA1UEBhMCQ0gxDTALBgNVBAoMBFRl
        c3QxDTALBgNVBAMMBHJvb3QXDTI2MTEyMTIxMzAzOFoXDTI2MTIyMTIxMzAzOFqg
        DzANMAsGA1UdFAQEAgID5zAKBggqhkjOPQQDAgNHADBEAiAGt7i5/h0waCWtRhJj
        vg0bVAvhDMkWheo1eQsHRly8KQIgAMxsQEJu1tGY0MrniXOhJ2FzO9Io56HL94E/
        fUlnF7U=
        -----END X509 CRL-----
        """
    /// By root, number 257, what changed after 255: moon is revoked.
    static let deltaCRL = """
        -----BEGIN X509 CRL-----
        MIIBCzCBsgIBATAKBggqhkjOPQQDAjArMQswCQYDVQQGEwJDSDENMAsGA1UECgwE
        VGVzdDENMAsGA1UEAwwEcm9vdBcNMjYxMTIxMjEzMDM4WhcNMjYxMjIxMjEzMDM4
        WjA1MDMCFDsLJ4O+zVwqTyom1aSc9oq5T3dQFw0yNjExMjEyMTMwMzhaMAwwCgYD
        VR0VBAMKAQGgHzAdMAsGA1UdFAQEAgIBATAOBgNVHRsBAf8EBAICAP8wCgYIKoZI
        zj0EAwIDSAAwRQIhALkdt2ATLzcDCFOnio7VNKlmx7B+CM04FYjvfAJFgKXQAiBa
        YA9EXxfQs0EHXcFgzkThZ1vtqZx2pZTDelPcP4aDdw==
        -----END X509 CRL-----
        """
    /// By root, number 258, revokes the intermediate.
    static let intermediateCRL = """
        -----BEGIN X509 CRL-----
        MIH8MIGiAgEBMAoGCCqGSM49BAMCMCsxCzAJBgNVBAYTAkNIMQ0wCwYDVQQKDARU
        ZXN0MQ0wCwYDVQQDDARyb290Fw0yNjExMjEyMTMwMzhaFw0yNjEyMjEyMTMwMzha
        MDUwMwIUOwsng77NXCpPKibVpJz2irlPd00XDTI2MTEyMTIxMzAzOFowDDAKBgNV
        HRUEAwoBAaAPMA0wCwYDVR0UBAQCAgECMAoGCCqGSM49BAMCA0kAMEYCIQDLhXxa
        Iz0/rIJRlMr5A0JK1KpmeqQ59ph9khXtssTKFgIhANAH/jmPKMg2z+e20Dj/m9Lk
        C/PgKWDVWXCcebeAVBzC
        -----END X509 CRL-----
        """
}
