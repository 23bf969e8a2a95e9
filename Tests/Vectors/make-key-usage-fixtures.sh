#!/bin/sh
# Makes Tests/PKITests/KeyUsageFixtures.swift anew: certificates whose extensions do not allow what they are used for.
# Good for a hundred years. Needs OpenSSL's command line tool, 3.0 or later.
set -eu
out=$(cd "$(dirname "$0")" && pwd)/../PKITests/KeyUsageFixtures.swift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# certificate <name> <issuer> <lines of extensions>
certificate() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null
    printf 'subjectKeyIdentifier=hash\n%b\n' "$3" > ext
    openssl req -new -key "$1.key" -subj "/C=CH/O=Test/CN=$1" -out csr
    if [ "$1" = "$2" ]; then
        openssl x509 -req -in csr -signkey "$1.key" -days 36500 -extfile ext -out "$1.pem" 2>/dev/null
    else
        openssl x509 -req -in csr -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 36500 -extfile ext \
            -out "$1.pem" 2>/dev/null
    fi
}

name() { echo "subjectAltName=DNS:$1.example.org"; }

certificate usageRoot usageRoot "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
certificate withoutConstraints usageRoot "keyUsage=critical,keyCertSign"
certificate belowWithoutConstraints withoutConstraints "$(name belowWithoutConstraints)"
certificate withoutCertSign usageRoot "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign"
certificate belowWithoutCertSign withoutCertSign "$(name belowWithoutCertSign)"
certificate agreementOnly usageRoot "$(name agreementOnly)\nkeyUsage=critical,keyAgreement"
certificate signing usageRoot "$(name signing)\nkeyUsage=critical,digitalSignature,keyAgreement"
certificate nonRepudiation usageRoot "$(name nonRepudiation)\nkeyUsage=nonRepudiation"
certificate selfSigned selfSigned "$(name selfSigned)"
certificate withZero usageRoot "subjectAltName=DER:30:1a:82:18:$(printf 'zero.example.org\0.evil.org' | head -c 24 | od -An -tx1 -v | tr -d '\n' | sed 's/^ //;s/ /:/g')"
certificate addressAsName usageRoot "subjectAltName=DNS:10.1.0.1,email:mail.example.org@example.org"

text() { printf '    static let %s = """\n' "$1"; sed 's/^/        /' "$1.pem"; printf '        """\n'; }
{
    echo '// Made by Tests/Vectors/make-key-usage-fixtures.sh.'
    echo 'enum KeyUsageFixtures {'
    printf '    /// Seconds since 1970 when the certificates were made.\n    static let made: Int64 = %s\n' "$(date +%s)"
    for each in usageRoot withoutConstraints belowWithoutConstraints withoutCertSign belowWithoutCertSign agreementOnly \
        signing nonRepudiation selfSigned withZero addressAsName; do
        text "$each"
    done
    echo '}'
} > "$out"
