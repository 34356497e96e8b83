#!/bin/sh
# Prints the vectors of 389 Directory Server, made by its own pwdhash. Debian's packages are unpacked, not installed: no
# server is set up. Needs apt-get, dpkg and what libldap and NSS need.
set -eu
apt-get download -q 389-ds-base 389-ds-base-libs libcrack2 > apt-389ds.log 2>&1
mkdir -p ds/config
for package in 389-ds-base*.deb libcrack2*.deb; do dpkg -x "$package" ds; done
library="389 Directory Server $(dpkg-deb -f 389-ds-base_*.deb Version | sed 's/[+-].*//')"
libraries=$(dirname "$(find "$PWD/ds" -name 'libcrack.so.2')")
LD_LIBRARY_PATH="$libraries:$libraries/dirsrv"
export LD_LIBRARY_PATH
sed "s#^nsslapd-pluginpath: lib#nsslapd-pluginpath: $libraries/dirsrv/plugins/lib#i; s#%[a-z_]*%#$PWD#g" \
  ds/usr/share/dirsrv/data/template-dse.ldif > ds/config/dse.ldif
for scheme in PBKDF2_SHA256 PBKDF2-SHA1 PBKDF2-SHA256 PBKDF2-SHA512; do
  for password in 'correct horse battery' 'pässwörd-Ωmega-日本' \
    'long 01234567890123456789012345678901234567890123456789012345678901234567890123456789 tail'; do
    hash=$(ds/usr/bin/pwdhash -D "$PWD/ds/config" -s "$scheme" "$password")
    printf '{"format":"389-ds {%s}","library":"%s","password":"%s","hash":"%s"}\n' \
      "$scheme" "$library" "$password" "$hash"
  done
done
