#!/bin/sh
# Makes Tests/PKITests/Fixtures.swift anew: keys, certificates and revocation lists for the tests, all good for a hundred years.
# The tests set the clock. Needs OpenSSL's command line tool, 3.0 or later.
set -eu
out=$(cd "$(dirname "$0")" && pwd)/../PKITests/Fixtures.swift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }

# authority <name> <issuer, or itself> <basic constraints and others>
authority() {
    key "$1"
    printf 'basicConstraints=critical,%s\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' "$3" > ext
    if [ "$1" = "$2" ]; then
        openssl req -new -key "$1.key" -subj "/C=CH/O=Test/CN=$1" -out csr
        openssl x509 -req -in csr -signkey "$1.key" -days 36500 -extfile ext -out "$1.pem" 2>/dev/null
    else
        openssl req -new -key "$1.key" -subj "/C=CH/O=Test/CN=$1" -out csr
        openssl x509 -req -in csr -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 36500 -extfile ext \
            -out "$1.pem" 2>/dev/null
    fi
}

# leaf <name> <issuer> <common name> <lines of extensions> [digest]
leaf() {
    [ -f "$1.key" ] || key "$1"
    printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n%b\n' "$4" > ext
    openssl req -new -key "$1.key" -subj "/C=CH/O=Test/CN=$3" -out csr
    openssl x509 -req -in csr -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 36500 "${5:--sha256}" \
        -extfile ext -out "$1.pem" 2>/dev/null
}

authority root root "CA:TRUE"
authority otherRoot otherRoot "CA:TRUE"
authority intermediate root "CA:TRUE,pathlen:0"
authority tooDeep intermediate "CA:TRUE"
authority anyPolicy root "CA:TRUE
certificatePolicies=2.5.29.32.0"
authority constrained root "CA:TRUE
nameConstraints=critical,permitted;DNS:.example.org"

leaf moon root moon "subjectAltName=DNS:moon.example.org,email:moon@example.org,IP:10.1.0.1,IP:fec0::1,DNS:*.wild.example.org\nextendedKeyUsage=serverAuth,1.3.6.1.5.5.8.2.2\ncrlDistributionPoints=URI:http://crl.example.org/root.crl"
leaf sun intermediate sun "subjectAltName=DNS:sun.example.org\nextendedKeyUsage=clientAuth"
leaf deep tooDeep deep "subjectAltName=DNS:deep.example.org"
leaf evil constrained evil "subjectAltName=DNS:evil.example.net"
leaf kind constrained kind "subjectAltName=DNS:kind.example.org"
leaf impostor otherRoot moon "subjectAltName=DNS:moon.example.org"
leaf policy anyPolicy policy "subjectAltName=DNS:policy.example.org\ncertificatePolicies=1.3.6.1.4.1.36906.1.2,1.2.3"
leaf policyBelow intermediate below "subjectAltName=DNS:below.example.org\ncertificatePolicies=1.2.3"
leaf revoked root revoked "subjectAltName=DNS:revoked.example.org"
leaf critical root critical "subjectAltName=DNS:critical.example.org\n1.2.3.4.5=critical,ASN1:NULL"
leaf weak root weak "subjectAltName=DNS:weak.example.org" -sha1
openssl genrsa -out rsa.key 2048 2>/dev/null
leaf rsa root rsa "subjectAltName=DNS:rsa.example.org"
leaf notCA moon notCA "subjectAltName=DNS:notca.example.org"

for kind in ed25519 ed448; do
    openssl genpkey -algorithm $kind -out $kind.key
    leaf $kind root $kind "subjectAltName=DNS:$kind.example.org"
done

printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\n' > ca.conf
: > index
echo 01 > number
openssl ca -config ca.conf -keyfile root.key -cert root.pem -revoke revoked.pem 2>/dev/null
openssl ca -config ca.conf -keyfile root.key -cert root.pem -gencrl -crldays 30 -out rootCRL.pem 2>/dev/null
openssl ca -config ca.conf -keyfile otherRoot.key -cert otherRoot.pem -gencrl -crldays 30 -out otherCRL.pem 2>/dev/null

openssl rsa -in rsa.key -traditional -out rsaPKCS1.key 2>/dev/null
openssl rsa -in rsa.key -traditional -aes256 -passout pass:secret -out rsaEncrypted.key 2>/dev/null
openssl pkcs8 -topk8 -in moon.key -passout pass:secret -out moonEncrypted.key
{ openssl ecparam -name prime256v1; openssl ec -in moon.key 2>/dev/null; } > moonSEC1.key
openssl pkcs8 -topk8 -in moon.key -passout pass:secret -outform DER -out moonEncrypted.der
openssl pkcs12 -export -inkey moon.key -in moon.pem -certfile root.pem -passout pass:secret -out moon.p12
openssl genpkey -algorithm X25519 -out x25519.key
openssl ec -in moon.key -pubout -out moonPublic.pem 2>/dev/null

text() { printf '    static let %s = """\n' "$1"; sed 's/^/        /' "$2"; printf '        """\n'; }
base64Text() { printf '    static let %s = """\n' "$1"; base64 -w 100 "$2" | sed 's/^/        /'; printf '        """\n'; }
{
    echo '// Made by Tests/Vectors/make-pki-fixtures.sh. The keys are for these tests and open nothing else.'
    echo 'enum Fixtures {'
    printf '    /// Seconds since 1970 when the certificates were made.\n    static let made: Int64 = %s\n' "$(date +%s)"
    for name in root otherRoot intermediate tooDeep constrained anyPolicy policy policyBelow moon sun deep evil \
        kind impostor revoked critical weak rsa notCA ed25519 ed448 rootCRL otherCRL moonPublic; do
        text $name $name.pem
    done
    for name in root moon sun rsa ed25519 ed448 rsaPKCS1 rsaEncrypted moonEncrypted moonSEC1 x25519; do
        text ${name}Key $name.key
    done
    base64Text moonEncryptedDER moonEncrypted.der
    base64Text moonPKCS12 moon.p12
    echo '}'
} > "$out"
