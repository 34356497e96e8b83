#!/bin/sh
# Prints the vectors of Devise with a pepper, made by its Encryptor. Debian's packages are unpacked, not installed;
# needs apt-get, dpkg and Ruby.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
apt-get download -q ruby-devise ruby-bcrypt > apt-devise.log 2>&1
mkdir -p gems
for package in ruby-devise*.deb ruby-bcrypt*.deb; do dpkg -x "$package" gems; done
find_folder() { dirname "$(find "$PWD/gems" -path "$1")"; }
version=$(dpkg-deb -f ruby-devise*.deb Version | sed 's/-.*//')
ruby -I "$(find_folder '*/lib/bcrypt.rb')" -I "$(find_folder '*/bcrypt_ext.so')" \
  "$here/vectors-devise.rb" "$(find "$PWD/gems" -name encryptor.rb)" "$version"
