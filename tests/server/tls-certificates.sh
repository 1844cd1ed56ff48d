#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the certificates of tls.py's servers.
# usage: tls-certificates.sh CERTS     the folder in which nginx.sh has made its own: ca is the authority that the clients
#                                      trust, stranger the one that they do not know
#
# NAME.pem is what the server NAME sends, its chain included; NAME.key its key.
set -eu
cd -- "$1"

cat >tls.conf <<'END'
[ca]
default_ca = test
[test]
database = tls.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = none
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
END

# request NAME SUBJECT KIND: a key and NAME.csr. KIND as "openssl genpkey" takes it: ec, or rsa:BITS.
request() {
    case $3 in
        ec) set -- "$1" "$2" -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
        rsa:*) set -- "$1" "$2" -algorithm RSA -pkeyopt "rsa_keygen_bits:${3#rsa:}" ;;
    esac
    request=$1 subject=$2
    shift 2
    openssl genpkey "$@" -out "$request.key"
    openssl req -new -config tls.conf -key "$request.key" -subj "/CN=$subject" -out "$request.csr"
}

# sign AUTHORITY NAME EXTENSIONS [option of openssl ca…]: NAME.pem
sign() {
    printf '%s\n' "$3" >"$2.ext"
    authority=$1 signed=$2
    shift 3
    [ $# -gt 0 ] || set -- -days 30
    : >tls.txt
    openssl ca -batch -notext -config tls.conf -cert "$authority.pem" -keyfile "$authority.key" \
        -extfile "$signed.ext" -in "$signed.csr" -out "$signed.pem" "$@"
}

host='subjectAltName=DNS:localhost'
server='basicConstraints=CA:FALSE
extendedKeyUsage=serverAuth'
anyone='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'

# leaf NAME [AUTHORITY [KIND [EXTENSIONS [option…]]]]: a certificate for localhost
leaf() {
    leaf_name=$1 leaf_authority=${2:-ca} leaf_kind=${3:-ec}
    leaf_extensions=${4:-$host
$server}
    shift "$(($# < 4 ? $# : 4))"
    request "$leaf_name" localhost "$leaf_kind"
    sign "$leaf_authority" "$leaf_name" "$leaf_extensions" "$@"
}

# intermediate NAME AUTHORITY [EXTENSIONS]
intermediate() {
    request "$1" "QmgrPrxy test $1" ec
    sign "$2" "$1" "${3:-$anyone}"
}

# append NAME CERTIFICATE…: what the server sends besides
append() {
    appended=$1
    shift
    for certificate; do
        cat -- "$certificate.pem" >>"$appended.pem"
    done
}

leaf ecdsa
leaf rsa4096 ca rsa:4096
leaf future ca ec '' -startdate 20600101000000Z -enddate 20600201000000Z
leaf clientonly ca ec "$host
basicConstraints=CA:FALSE
extendedKeyUsage=clientAuth"
leaf sha1 ca ec '' -md sha1 -days 30
leaf rsa1024 ca rsa:1024
leaf address ca ec "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
$server"
leaf addressless ca ec "subjectAltName=DNS:localhost,IP:127.0.0.2
$server"

request selfsigned localhost ec
printf '%s\n%s\n' "$host" "$server" >selfsigned.ext
openssl x509 -req -in selfsigned.csr -key selfsigned.key -days 30 -extfile selfsigned.ext -out selfsigned.pem

intermediate middle ca
leaf nochain middle
leaf chain middle
append chain middle
# Three between it and the authority, and all the names that fit into one TLS record, which is what mbedTLS 2.28 takes.
intermediate second middle
intermediate third second
names=$(seq -f 'DNS:host%g.an-example-of-a-rather-long-domain-name.example' -s , 1 250)
leaf bigchain third ec "$host,$names
$server"
append bigchain third second middle

# Its certificate says that it is no authority.
request notauthority 'QmgrPrxy test nobody' ec
sign ca notauthority "$server"
leaf notca notauthority
append notca notauthority
intermediate narrow ca "$anyone
nameConstraints=critical,permitted;DNS:example"
leaf constrained narrow
append constrained narrow
intermediate lax ca "$anyone
nameConstraints=permitted;DNS:example"
leaf constrainedlax lax
append constrainedlax lax
intermediate wide ca "$anyone
nameConstraints=critical,permitted;DNS:localhost,permitted;IP:10.0.0.0/255.0.0.0,excluded;DNS:example"
leaf constrainedwide wide
append constrainedwide wide
leaf constrainedaddress wide ec "subjectAltName=IP:127.0.0.1
$server"
append constrainedaddress wide
intermediate without ca "$anyone
nameConstraints=critical,excluded;DNS:localhost"
leaf excluded without
append excluded without
intermediate forclients ca "$anyone
extendedKeyUsage=clientAuth"
leaf clientsauthority forclients
append clientsauthority forclients
intermediate strangerforclients stranger "$anyone
extendedKeyUsage=clientAuth"
leaf strangerclientsauthority strangerforclients
append strangerclientsauthority strangerforclients
# It has an extension of ours, of which it says that who does not know it must not go on.
intermediate odd ca "$anyone
1.3.6.1.4.1.311.999.1=critical,ASN1:NULL"
leaf critical odd
append critical odd

# Another authority with the name and the serial number of one that a client knows.
openssl req -x509 -config tls.conf -newkey rsa:2048 -nodes -keyout impostorca.key -out impostorca.pem -days 30 \
    -subj '/CN=QmgrPrxy unknown authority' -addext 'basicConstraints=critical,CA:TRUE' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -set_serial "0x$(openssl x509 -in stranger.pem -noout -serial | sed 's/.*=//')"
leaf forged impostorca
leaf impostor impostorca
append impostor impostorca
# An authority of which a client may know the middle alone.
intermediate strangermiddle stranger
leaf strangerchain strangermiddle
append strangerchain strangermiddle
# What may be wrong below it.
leaf strangerexpired stranger ec '' -startdate 20200101000000Z -enddate 20200201000000Z
leaf strangername stranger ec "subjectAltName=DNS:wrong.example
$server"
leaf strangerclient stranger ec "$host
basicConstraints=CA:FALSE
extendedKeyUsage=clientAuth"
leaf strangersha1 stranger ec '' -md sha1 -days 30
request strangernotauthority 'QmgrPrxy test nobody' ec
sign stranger strangernotauthority "$server"
leaf strangernotca strangernotauthority
append strangernotca strangernotauthority
rm -f -- ./*.csr ./*.ext
