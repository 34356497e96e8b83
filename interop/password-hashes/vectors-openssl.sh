#!/bin/sh
# Prints one JSON line per vector of openssl passwd.
set -eu
library=$(openssl version | cut -d' ' -f1,2)
for password in 'correct horse battery' 'pässwörd-Ωmega-日本' \
  'long 01234567890123456789012345678901234567890123456789012345678901234567890123456789 tail'; do
  for option in 1 apr1 5 6; do
    hash=$(openssl passwd -"$option" "$password")
    printf '{"format":"openssl passwd -%s","library":"%s","password":"%s","hash":"%s"}\n' \
      "$option" "$library" "$password" "$hash"
  done
done
